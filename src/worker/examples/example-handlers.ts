import { AppError, toAppError } from '../../errors.ts';
import { readExamples, saveExamples } from '../../files/runs.ts';
import { planTeaching, rowInfluences } from '../../training/results/examples/influence.ts';
import { rowLosses, rowsNumbered, tokenLosses } from '../../training/results/examples/losses.ts';
import { type KeptRows, keptRows } from '../../training/results/examples/open.ts';
import type { RunRow } from '../../training/results/examples/rows.ts';
import { lossTable, type RowLoss, readLossTable } from '../../training/results/examples/table.ts';
import { resultOf, resultStep } from '../../training/results/kept-result.ts';
import { createModelSession } from '../../training/session/model-session.ts';
import { encodeAhead } from '../../training/session/tokenise.ts';
import { materialOf } from '../data/material.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import type { ActiveRun } from '../runs/active-run.ts';
import { splitResultId } from '../runs/result-id.ts';
import { readOrigin } from '../runs/run-origin.ts';
import { withRun } from '../runs/run-result.ts';
import { runFolder } from '../runs/run-store.ts';
import { readRunTables } from '../runs/run-tables.ts';
import { tokeniseWorker } from '../runs/tokenise.ts';
import type { Handlers } from '../serve.ts';
import { createStops } from '../stops.ts';
import type { Workshop } from '../workshop.ts';
import type { ShownRow, Teachers } from './messages.ts';

/** Rows of training that are asked whether they taught one, at most: each takes a step of its own. */
const mostAsked = 1000;
/** Rows of either end that are shown, and characters of each. */
const [shownRows, shownText] = [10, 300];

type Parts = ActiveRun['parts'];

export function exampleHandlers(
  workshop: Workshop,
): Pick<Handlers, 'keptExamples' | 'lookAtExamples' | 'lookAtRow' | 'findTeachers' | 'stopExamples'> {
  const { stoppable, stop } = createStops();
  const rowsOf = rowsReader();
  const progress = (requestId: string, signal: AbortSignal) => ({
    signal,
    onDone: (done: number, total: number) => workshop.emit('examplesDone', { requestId, done, total }),
  });
  return {
    async keptExamples({ runId: id }) {
      const { runId, evaluation } = splitResultId(id);
      const folder = runFolder(await workshop.runs(), runId);
      const text = await readExamples(folder, evaluation ?? (await resultStep(folder)));
      return { rows: text === null ? null : readLossTable(text) };
    },
    lookAtExamples: ({ requestId, runId }) =>
      stoppable(requestId, (signal) =>
        withRun(workshop, runId, async ({ parts }) => {
          workshop.turn.require();
          const rows = await rowLosses(parts.model, (await rowsOf(parts)).data, progress(requestId, signal));
          if (rows) await keepLosses(workshop, parts, rows);
          return { rows: rows ?? null };
        }),
      ),
    lookAtRow: ({ runId, ...wanted }) =>
      withRun(workshop, runId, async ({ parts }) => {
        workshop.turn.require();
        const kept = await rowsOf(parts);
        const row = requireRow(kept, wanted);
        const { price } = await planTeaching(kept, await stepOf(parts), mostAsked);
        return {
          tokens: await tokenLosses(parts.model, kept.data, row, tokenizerOf(parts.opened)),
          price: {
            rows: price.rows,
            of: kept.data.counts.training,
            checkpoints: price.steps.length,
            seconds: price.seconds,
          },
        };
      }),
    findTeachers: ({ requestId, runId, ...wanted }) =>
      stoppable(requestId, async (signal) => {
        const parts = await withRun(workshop, runId, async (run) => run.parts);
        const kept = await rowsOf(parts);
        // Weights of other checkpoints lie on the device meanwhile: nothing else may ask it.
        return workshop.turn.take((givenUp) =>
          teachersOf(workshop, parts, kept, wanted, progress(requestId, AbortSignal.any([signal, givenUp]))),
        );
      }),
    async stopExamples({ requestId }) {
      stop(requestId);
      return {};
    },
  };
}

/** Losses that cannot be kept, on a full disk or as another tab goes on with the run, are shown all the same. */
async function keepLosses({ locks }: Workshop, parts: Parts, rows: readonly RowLoss[]): Promise<void> {
  const { id, folder } = parts;
  const keep = async () => {
    // A run may have been removed meanwhile.
    if (await folder.exists('run.json')) await saveExamples(folder, await stepOf(parts), lossTable(rows));
  };
  await locks.during(id, keep).catch((thrown: unknown) => {
    if (!['storage-full', 'run-elsewhere'].includes(toAppError(thrown).code)) throw thrown;
  });
}

const stepOf = async ({ evaluation, folder }: Pick<Parts, 'evaluation' | 'folder'>): Promise<number> =>
  evaluation ?? resultStep(folder);

/** Reads the rows of a run once, as long as no other's are asked for and it does not go on with other settings. */
function rowsReader(): (parts: Parts) => Promise<KeptRows> {
  let last: { readonly key: string; readonly rows: Promise<KeptRows> } | undefined;
  return (parts) => {
    const key = JSON.stringify([parts.id, parts.config]);
    if (last?.key === key) return last.rows;
    const rows = readRows(parts);
    const read = { key, rows };
    last = read;
    rows.catch(() => {
      if (last === read) last = undefined;
    });
    return rows;
  };
}

async function readRows({ folder, config, opened }: Parts): Promise<KeptRows> {
  const material = materialOf(opened, await readRunTables(folder, await readOrigin(folder), config));
  const encoded = await encodeAhead({ ...material, config, open: opened.open }, tokeniseWorker);
  return keptRows(folder, config, opened.open, { ...material, encoded });
}

/** @throws AppError 'example-missing' */
function requireRow({ data }: KeptRows, { split, row }: ShownRow): RunRow {
  const found = rowsNumbered(data, row).find((each) => each.split === split);
  if (!found) throw new AppError('example-missing', { row });
  return found;
}

async function teachersOf(
  workshop: Workshop,
  { config, folder, opened, evaluation }: Parts,
  kept: KeptRows,
  wanted: ShownRow,
  progress: NonNullable<Parameters<typeof rowInfluences>[4]>,
): Promise<Teachers | null> {
  const row = requireRow(kept, wanted);
  const plan = await planTeaching(kept, await stepOf({ evaluation, folder }), mostAsked);
  const { values } = await resultOf(kept.open.model, config, folder, evaluation);
  const executor = await workshop.executors.executor(config.environment.executor);
  workshop.release();
  const session = createModelSession({
    ...{ executor, open: kept.open, tuning: kept.tuning, values, weights: config.model.weights },
    seed: config.environment.seed,
  });
  try {
    const tokenizer = tokenizerOf(opened);
    const parts = { folder, data: kept.data, padId: tokenizer.padTokenId };
    const rows = await Promise.race([rowInfluences(session, parts, row, plan, progress), executor.lost]);
    if (!rows) return null;
    const shown = new Set([...rows.slice(0, shownRows), ...rows.slice(-shownRows)].map((each) => each.row));
    const texts = plan.rows
      .filter(({ number }) => shown.has(number))
      .map(({ number, example }) => {
        const text = tokenizer.decode(example.ids, { skipSpecialTokens: true });
        return [number, text.length > shownText ? `${text.slice(0, shownText)}…` : text] as const;
      });
    return { rows, texts: Object.fromEntries(texts) };
  } finally {
    session.dispose();
  }
}
