/** Runs handed on as a link or a file, and those that come so. */
import { AppError } from '../../errors.ts';
import { readRun } from '../../files/runs.ts';
import { metricsOf } from '../../training/results/shared-run/curve.ts';
import { fileOf, linkOf, readLink } from '../../training/results/shared-run/link.ts';
import {
  configOf,
  longestAnswer,
  longestName,
  parseSharedRun,
  type SharedRun,
  type SharedSource,
  sharedSettings,
} from '../../training/results/shared-run/shared-run.ts';
import { readApart } from '../reading/read-apart.ts';
import { historyHandlers } from '../runs/history-handlers.ts';
import { identityOf, readIdentity } from '../runs/identity.ts';
import type { Identity, RunDetail } from '../runs/messages.ts';
import { type RunOrigin, readOrigin } from '../runs/run-origin.ts';
import { isEnd } from '../runs/run-state.ts';
import { runFolder, startedRun } from '../runs/run-store.ts';
import { readRunTables } from '../runs/run-tables.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import type { SharedView } from './messages.ts';

export function shareHandlers(workshop: Workshop): Pick<Handlers, 'shareRun' | 'openShared' | 'identify'> {
  const history = historyHandlers(workshop);
  return {
    async shareRun({ runId, names, answers }) {
      const detail = await history.readRun({ runId });
      const folder = runFolder(await workshop.runs(), runId);
      // Of a run that has just ended it may not be known yet.
      await workshop.identifying.get(runId);
      const run = sharedRun(detail, await readOrigin(folder), await identityOfRun(workshop, runId, detail), names);
      const file = answers ? { ...run, answers: answersOf(detail) } : run;
      const { metrics } = detail;
      const link = linked(run, detail);
      // What is handed on can be opened: it is looked at as whoever opens it will.
      const text = fileOf(file, metrics);
      parseSharedRun(JSON.parse(text));
      return { ...link, file: text, evaluations: detail.evaluations.length };
    },
    openShared: async (given) => viewOf(await readShared(given)),
    async identify({ runId }) {
      if (runId === null) return { ...(await identityOf(workshop)), rows: null };
      await workshop.identifying.get(runId);
      return identityOfRun(workshop, runId, await history.readRun({ runId }));
    },
  };
}

function readShared(given: { link: string } | { file: Blob }): Promise<SharedRun> {
  if ('link' in given) return readApart('shared', given, { file: '#/shared/…', bytes: given.link.length });
  const { file } = given;
  return readApart('shared', given, { file: file instanceof File ? file.name : 'run.json', bytes: file.size });
}

type KnownIdentity = Identity & { readonly rows: string | null };

/** As it was kept; of a run that older versions made that of its data. */
async function identityOfRun(workshop: Workshop, runId: string, { config }: RunDetail): Promise<KnownIdentity> {
  const folder = runFolder(await workshop.runs(), runId);
  const { fingerprint } = (await readRun(folder)).info;
  const rows = fingerprint.length === 64 ? fingerprint : null;
  const kept = await readIdentity(folder);
  if (kept) return { ...kept, rows };
  const tables = await readRunTables(folder, await readOrigin(folder), config).catch(() => null);
  return { ...(await identityOf({ model: null, table: null, validation: null, ...tables })), rows };
}

function sharedRun(run: RunDetail, origin: RunOrigin, identity: KnownIdentity, names: boolean): SharedRun {
  const { phase } = run;
  if (!isEnd(phase)) throw new AppError('run-going-on');
  const { model, table, validation, rows } = identity;
  const { created, step, totalSteps, trainingRows, cost, evalLoss, scores, heldOut, verdict } = run;
  return {
    format: 'atelier-run',
    version: 1,
    name: names ? run.name.slice(0, longestName) : '',
    table: names ? (run.table ?? '').slice(0, longestName) : '',
    created,
    model: { source: sharedSource(origin, names), hashes: model },
    data: { table, validation, rows, training: trainingRows },
    ...sharedSettings(run.config),
    ...{ phase, step, totalSteps, cost, evalLoss, scores, heldOut },
    verdict: verdict && { ...verdict, actions: [] },
    curve: { of: 0, steps: [], loss: [], rate: [], norm: [], evaluated: [], epochs: null, tokens: null },
  };
}

/** As far as a shared run takes them: what an older version kept of them may be less. */
function answersOf({ evaluations }: RunDetail): NonNullable<SharedRun['answers']> {
  const cut = (text: string) => text.slice(0, longestAnswer);
  return evaluations.map(({ step, samples, score }) => ({
    step,
    samples: samples.map(({ prompt, expected, base, tuned, score = null }) => ({
      ...{ prompt: cut(prompt), expected: cut(expected), base: base === null ? null : cut(base), tuned: cut(tuned) },
      score,
    })),
    score: score && { metric: score.metric, value: score.value, note: score.note.slice(0, longestName) },
  }));
}

/** A folder on disk, and a server other than the Hub, are named only if the visitor agrees. */
function sharedSource({ source, model }: RunOrigin, names: boolean): SharedSource {
  if (source.kind === 'example') return { kind: 'example' };
  if (source.kind === 'hub' && (names || source.endpoint === '')) {
    const { id, revision, endpoint } = source;
    return { kind: 'hub', id, revision, endpoint };
  }
  return { kind: 'folder', name: names ? model.slice(0, longestName) : '' };
}

/** The link, or why there is none: the file is there all the same. */
function linked(run: SharedRun, { metrics }: RunDetail) {
  try {
    const { link, run: held } = linkOf(run, metrics);
    readLink(link);
    const { steps, of } = held.curve;
    return { link, held: JSON.stringify(held, null, 1), curve: { kept: steps.length, of }, problem: null };
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'shared-run-long') throw thrown;
    const { code, params } = thrown;
    return { link: null, held: '', curve: { kept: 0, of: metrics.length }, problem: { code, params } };
  }
}

/** The run as the page shows runs; none of its acts are possible. */
function viewOf(shared: SharedRun): SharedView {
  const { name, table, created, model, data, leftOut, phase, step, totalSteps, cost, evalLoss, curve } = shared;
  const config = configOf(shared);
  const { scores, heldOut, verdict, answers = [] } = shared;
  const detail: RunDetail = {
    ...startedRun('shared', config, { source: { kind: 'example' }, model: nameOf(model.source), table, totalSteps }),
    ...{ name, created, phase, step, cost, evalLoss, scores, heldOut, verdict },
    trainingRows: data.training,
    lastLoss: curve.loss.at(-1) ?? null,
    table: table === '' ? null : table,
    metrics: metricsOf(curve),
    evaluations: answers,
  };
  return { detail, model, data, leftOut, curve: { kept: curve.steps.length, of: curve.of } };
}

const nameOf = (source: SharedSource): string =>
  source.kind === 'hub' ? source.id : source.kind === 'folder' ? source.name : 'atelier-example';
