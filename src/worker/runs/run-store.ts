import { AppError, because } from '../../errors.ts';
import { type Directory, readText, subdirectory, writeText } from '../../files/directory.ts';
import {
  createRun,
  keptEvaluations,
  listRuns,
  type MetricsRecord,
  readMetrics,
  readOutcome,
  readRun,
  readSamples,
  type RunSummary as StoredRun,
  savedStep,
} from '../../files/runs.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import { verdictOf } from '../../training/results/verdict/decide.ts';
import type { StepMetrics } from '../../training/run/events.ts';
import { lastScores } from '../../training/run/metrics-log.ts';
import type { Outcome } from '../../training/run/outcome.ts';
import type { ModelSource } from '../models/messages.ts';
import type { EvaluationRecord, RunCost, RunDetail, RunPhase, RunSummary } from './messages.ts';
import { resultId } from './result-id.ts';
import { usualName } from './run-name.ts';
import { isEnd, readState, saveState } from './run-state.ts';

/** What the page needs beside the run's own files to take it up again. */
export interface RunOrigin {
  /** Without the token of a Hub source; files from the visitor's disk have a name only. */
  readonly source: ModelSource | { readonly kind: 'local'; readonly name: string };
  readonly model: string;
  /** Absent in runs kept by older versions. */
  readonly modelType?: string;
  readonly table: string;
  /** The file of validation rows, where there is one. */
  readonly validation?: string;
  readonly totalSteps: number;
  /** Absent in runs kept by older versions, as is what it was planned to cost. */
  readonly trainingRows?: number;
  readonly cost?: RunCost;
}

const originFile = 'origin.json';

/** The folder of a run among all of them. */
export const runFolder = (runs: Directory, id: string): Directory => subdirectory(runs, id);

/** Sorts by time as text; unique where two runs start in one second. */
export function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return `${time}-${crypto.randomUUID().slice(0, 4)}`;
}

/** Keeps where model and tables came from. */
export function saveOrigin(run: Directory, origin: RunOrigin): Promise<void> {
  return writeText(run, originFile, `${JSON.stringify(origin, null, 2)}\n`);
}

/** From here on the folder is a run, which can be resumed from its first step whatever becomes of this page. */
export async function saveBeginning(run: Directory, config: RunConfig, fingerprint: string): Promise<void> {
  await saveState(run, 'training');
  await createRun(run, config, { fingerprint, created: new Date().toISOString() });
}

/** @throws AppError 'checkpoint-invalid' where the run was not made by the page */
export async function readOrigin(run: Directory): Promise<RunOrigin> {
  if (!(await run.exists(originFile))) {
    throw new AppError('checkpoint-invalid', { reason: because`it does not say which model it was made with` });
  }
  return JSON.parse(await readText(run, originFile)) as RunOrigin;
}

export async function readConfig(run: Directory): Promise<RunConfig> {
  return parseRunConfig((await readRun(run)).config);
}

/** Gives a run another name; its config says it. */
export async function rename(run: Directory, name: string): Promise<void> {
  const { info } = await readRun(run);
  const config = await readConfig(run);
  await createRun(run, { ...config, environment: { ...config.environment, experiment_name: name } }, info);
}

/** What is being trained: here, where `own` is the run whose weights are on the device, and in other tabs. */
export interface Live {
  readonly own: LiveRun | null;
  readonly elsewhere: ReadonlySet<string>;
}

interface LiveRun {
  readonly id: string;
  readonly phase: RunPhase;
  readonly goesOn: boolean;
}

const nobody: Live = { own: null, elsewhere: new Set() };

/** All runs, the newest first. */
export async function summaries(runs: Directory, live: Live = nobody): Promise<RunSummary[]> {
  const stored = await listRuns(runs);
  return Promise.all(stored.map((run) => summary(subdirectory(runs, run.id), run, live)));
}

export async function detail(runs: Directory, id: string, live: Live = nobody): Promise<RunDetail> {
  const run = runFolder(runs, id);
  const { config, info } = await readRun(run);
  const records = await readMetrics(run);
  const parsed = parseRunConfig(config);
  const steps = records.map(stepMetrics);
  const origin = await readOrigin(run).catch(() => null);
  // A list of runs needs no task: the first screen does not wait for them.
  const { taskOf } = await import('../../tasks/registry.ts');
  return {
    ...(await summary(run, { id, config, info, step: await savedStep(run) }, live)),
    cost: origin?.cost ?? null,
    table: origin?.table ?? null,
    config: parsed,
    metrics: steps,
    evaluations: (await readSamples(run)) as unknown as EvaluationRecord[],
    scores: lastScores(records, taskOf(parsed).scores),
  };
}

/** A run that has just begun: its files are being written. */
export function startedRun(id: string, config: RunConfig, origin: RunOrigin): RunDetail {
  return {
    ...factsOf(id, config, origin),
    created: Date.now(),
    phase: 'loading',
    step: 0,
    saved: null,
    lastLoss: null,
    evalLoss: null,
    ...{ resumable: false, interrupted: false, elsewhere: false },
    kept: [],
    verdict: null,
    heldOut: null,
    curve: [],
    cost: origin.cost ?? null,
    table: origin.table,
    config,
    metrics: [],
    evaluations: [],
    scores: null,
  };
}

/** What a run is called and made of, which its course does not change. */
const factsOf = (
  id: string,
  { dataset, environment, model, training, tuning }: RunConfig,
  origin: RunOrigin | null,
) => ({
  id,
  problemType: dataset.problem_type,
  name:
    environment.experiment_name || usualName(origin ?? { model: model.llm_backbone, table: dataset.train_dataframe }),
  model: origin?.model ?? model.llm_backbone,
  totalSteps: origin?.totalSteps ?? 0,
  method: tuning.method,
  learningRate: training.learning_rate,
  trainingRows: origin?.trainingRows ?? null,
});

async function summary(run: Directory, stored: StoredRun, { own: live, elsewhere: others }: Live): Promise<RunSummary> {
  const config = stored.config as RunConfig;
  const origin = await readOrigin(run).catch(() => null);
  const metrics = await readMetrics(run);
  const last = metrics.findLast(({ loss }) => loss !== undefined);
  const facts = factsOf(stored.id, config, origin);
  const own = live?.id === stored.id && live.goesOn ? live : null;
  const elsewhere = own === null && others.has(stored.id);
  const outcome = own ? null : ((await readOutcome(run)) as Outcome | null);
  const state = await readState(run);
  const isWhole = facts.totalSteps > 0 && (stored.step ?? 0) >= facts.totalSteps;
  const ended: RunPhase = isWhole ? 'finished' : isEnd(state) ? state : 'stopped';
  const open = own === null && !elsewhere && origin !== null && ended !== 'finished';
  return {
    ...facts,
    created: Date.parse(stored.info.created),
    phase: own?.phase ?? (elsewhere ? 'training' : ended),
    step: metrics.at(-1)?.step ?? stored.step ?? 0,
    saved: stored.step,
    lastLoss: typeof last?.loss === 'number' ? last.loss : null,
    evalLoss: evalLossOf(metrics, config),
    resumable: open,
    interrupted: open && state === 'training',
    elsewhere,
    kept: (await keptEvaluations(run)).map((at) => ({ id: resultId(stored.id, at), step: at })),
    verdict:
      own || elsewhere ? null : verdictOf({ ...facts, config: parseRunConfig(config), records: metrics, outcome }),
    heldOut: outcome?.heldOut ?? null,
    curve: sparkline(metrics),
  };
}

/** The validation loss of the weights that a run came to. */
function evalLossOf(metrics: readonly MetricsRecord[], { training }: RunConfig): number | null {
  const losses = metrics.flatMap(({ step, eval_loss: loss }) => (step > 0 && typeof loss === 'number' ? [loss] : []));
  if (losses.length === 0) return null;
  return training.save_checkpoint === 'best' ? Math.min(...losses) : losses.at(-1)!;
}

/** Values of a sparkline. */
const sparkPoints = 40;

/** The mean loss of each of some equal stretches of a run. */
function sparkline(metrics: readonly MetricsRecord[]): number[] {
  const losses = metrics.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));
  const count = Math.min(sparkPoints, losses.length);
  return Array.from({ length: count }, (_, index) => {
    const part = losses.slice(
      Math.floor((index * losses.length) / count),
      Math.floor(((index + 1) * losses.length) / count),
    );
    return part.reduce((sum, loss) => sum + loss, 0) / part.length;
  });
}

/** A line of metrics.jsonl as the page has it; the file says `learning_rate`, as Hugging Face does. */
function stepMetrics(record: MetricsRecord): StepMetrics {
  const number = (name: string): number => (typeof record[name] === 'number' ? record[name] : Number.NaN);
  const evalLoss = record.eval_loss;
  return {
    step: record.step,
    epoch: number('epoch'),
    loss: number('loss'),
    learningRate: number('learning_rate'),
    gradNorm: number('grad_norm'),
    tokens: number('tokens'),
    ...(typeof evalLoss === 'number' ? { evalLoss } : {}),
  };
}
