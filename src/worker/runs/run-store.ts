import { AppError, because } from '../../errors.ts';
import { type Directory, readText, subdirectory, writeText } from '../../files/directory.ts';
import {
  createRun,
  keptEvaluations,
  listRuns,
  type MetricsRecord,
  readMetrics,
  readRun,
  readSamples,
  type RunSummary as StoredRun,
} from '../../files/runs.ts';
import { taskOf } from '../../tasks/registry.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import type { StepMetrics } from '../../training/run/events.ts';
import { lastScores } from '../../training/run/metrics-log.ts';
import type { ModelSource } from '../models/messages.ts';
import type { EvaluationRecord, RunDetail, RunPhase, RunSummary } from './messages.ts';
import { resultId } from './result-id.ts';

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

/** The run whose weights are on the device. */
interface LiveRun {
  readonly id: string;
  readonly phase: RunPhase;
  readonly goesOn: boolean;
}

/** All runs, the newest first. */
export async function summaries(runs: Directory, live: LiveRun | null): Promise<RunSummary[]> {
  const stored = await listRuns(runs);
  return Promise.all(stored.map((run) => summary(subdirectory(runs, run.id), run, live)));
}

export async function detail(runs: Directory, id: string, live: LiveRun | null): Promise<RunDetail> {
  const run = runFolder(runs, id);
  const { config, info } = await readRun(run);
  const records = await readMetrics(run);
  const parsed = parseRunConfig(config);
  const steps = records.map(stepMetrics);
  return {
    ...(await summary(run, { id, config, info, step: steps.at(-1)?.step ?? null }, live)),
    config: parsed,
    metrics: steps,
    evaluations: (await readSamples(run)) as unknown as EvaluationRecord[],
    scores: lastScores(records, taskOf(parsed).scores),
  };
}

/** A run that has just begun: its files are being written. */
export function startedRun(id: string, config: RunConfig, { model, totalSteps }: RunOrigin): RunDetail {
  return {
    id,
    problemType: config.dataset.problem_type,
    name: config.environment.experiment_name,
    created: Date.now(),
    model,
    phase: 'loading',
    step: 0,
    totalSteps,
    lastLoss: null,
    resumable: false,
    kept: [],
    curve: [],
    config,
    metrics: [],
    evaluations: [],
    scores: null,
  };
}

async function summary(run: Directory, stored: StoredRun, live: LiveRun | null) {
  const config = stored.config as RunConfig;
  const origin = await readOrigin(run).catch(() => null);
  const metrics = await readMetrics(run);
  const last = metrics.at(-1);
  const step = last?.step ?? stored.step ?? 0;
  const totalSteps = origin?.totalSteps ?? 0;
  const own = live?.id === stored.id ? live : null;
  const ended: RunPhase = totalSteps > 0 && (stored.step ?? 0) >= totalSteps ? 'finished' : 'stopped';
  return {
    id: stored.id,
    problemType: config.dataset.problem_type,
    name: config.environment.experiment_name,
    created: Date.parse(stored.info.created),
    model: origin?.model ?? config.model.llm_backbone,
    phase: own?.phase ?? ended,
    step,
    totalSteps,
    lastLoss: typeof last?.loss === 'number' ? last.loss : null,
    resumable: !own?.goesOn && origin !== null && stored.step !== null && ended === 'stopped',
    kept: (await keptEvaluations(run)).map((at) => ({ id: resultId(stored.id, at), step: at })),
    curve: sparkline(metrics),
  };
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
