import { makeRows, type RowWriter } from '../../generation/made/make.ts';
import { type MadeSources, madeSources } from '../../generation/made/sources.ts';
import { madeCsv, type PlainTable, reviewTable, withMade, withoutMade } from '../../generation/made/table.ts';
import { modelWriter, serverWriter } from '../../generation/made/writers.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import { createModelSession } from '../../training/session/model-session.ts';
import type { OpenedTable } from '../data/opened-table.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import { splitResultId } from '../runs/result-id.ts';
import { activeRun } from '../runs/run-result.ts';
import type { Handlers } from '../serve.ts';
import { createStops } from '../stops.ts';
import type { Workshop } from '../workshop.ts';
import type { MadeRequests, MadeWriter } from './messages.ts';

/** Rows made of the open table: each request with its own way to stop it. */
export function madeHandlers(workshop: Workshop): Pick<Handlers, keyof MadeRequests> {
  const { stoppable, stop } = createStops();
  const made = madeOf(workshop);
  return {
    makeRows: ({ requestId, config, writer, settings }) =>
      stoppable(requestId, async (signal) => {
        const checked = parseRunConfig(config);
        const { table, validation } = workshop.tablesFor(checked);
        const sources = madeSources({ training: table.table, validation: validation?.table }, checked);
        made.add(table, sources);
        const write = async (by: RowWriter, until: AbortSignal) => {
          for await (const row of makeRows(sources, settings, by, until)) workshop.emit('rowMade', { requestId, row });
        };
        if (writer.kind === 'server')
          await write(serverWriter({ ...writer, fetch: (...asked) => fetch(...asked) }), signal);
        else await withModel(workshop, checked, writer, signal, write);
        return {};
      }),
    async stopMaking({ requestId }) {
      stop(requestId);
      return {};
    },
    async withMadeRows({ rows }) {
      return tableFile(workshop.requireTable(), withMade(made.sources(), rows));
    },
    async withoutMadeRows() {
      const opened = workshop.requireTable();
      return tableFile(opened, withoutMade(opened.table));
    },
    async reviewFile({ rows }) {
      const { name } = workshop.requireTable();
      return { fileName: `${plainName(name)}-made.csv`, blob: csvBlob(reviewTable(made.sources(), rows)) };
    },
    async tableFile() {
      const { name, table } = workshop.requireTable();
      return { fileName: `${plainName(name)}.csv`, blob: csvBlob(table) };
    },
  };
}

/** What rows of the open table were made from: their sources, however the settings change meanwhile. */
function madeOf(workshop: Workshop) {
  let kept: { readonly table: OpenedTable; readonly sources: MadeSources } | null = null;
  return {
    add(table: OpenedTable, sources: MadeSources) {
      const before = kept?.table === table ? kept.sources.rows : [];
      const rows = new Map([...before, ...sources.rows].map((row) => [row.number, row]));
      kept = { table, sources: { ...sources, rows: [...rows.values()] } };
    },
    sources(): MadeSources {
      const { table } = workshop.requireTable();
      return kept?.table.table === table ? kept.sources : { ...nothing, table };
    },
  };
}

const nothing = { rows: [], kinds: [], promptPlaces: [], answerPlace: -1, held: new Set<string>() };

/**
 * Has a model write, with the device to itself: a run that would begin meanwhile is refused.
 * @throws AppError 'run-going-on', 'device-lost', 'task-unsupported', and as opening a run does
 */
async function withModel(
  workshop: Workshop,
  config: RunConfig,
  writer: Exclude<MadeWriter, { kind: 'server' }>,
  signal: AbortSignal,
  write: (by: RowWriter, until: AbortSignal) => Promise<void>,
): Promise<void> {
  const result = writer.kind === 'run' ? await activeRun(workshop, writer.runId) : null;
  const opened = result?.parts.opened ?? workshop.requireModel();
  const own = result?.parts.config ?? config;
  await workshop.turn.take(async (givenUp) => {
    const executor = result?.parts.model.executor ?? (await workshop.executors.executor(config.environment.executor));
    if (!result) workshop.release();
    const { open } = opened;
    const session =
      result?.parts.model ??
      createModelSession({
        ...{ executor, open, tuning: null, weights: own.model.weights },
        seed: own.environment.seed,
      });
    try {
      const side = result ? 'tuned' : 'base';
      const name = result ? `${opened.name} + ${splitResultId(result.parts.id).runId}` : opened.name;
      const by = await modelWriter(session, tokenizerOf(opened), own, side, name);
      // A device that is lost may leave a read hanging.
      await Promise.race([write(by, AbortSignal.any([signal, givenUp])), executor.lost]);
    } finally {
      if (!result) session.dispose();
    }
  });
}

/** The open table in another state, which takes its name. */
const tableFile = ({ name }: OpenedTable, table: PlainTable) => ({
  name: `${plainName(name)}.csv`,
  blob: csvBlob(table),
});

const plainName = (name: string): string => name.replace(/\.\w{1,8}$/, '');

const csvBlob = (table: PlainTable): Blob => new Blob([madeCsv(table)], { type: 'text/csv' });
