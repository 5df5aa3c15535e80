import { textPairColumn } from '../../data/columns.ts';
import { toAppError } from '../../errors.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { randomId } from '../../files/random-id.ts';
import type { MetricsRecord } from '../../files/run-records.ts';
import {
  baseFile,
  createRun,
  keptEvaluations,
  readInside,
  readMetrics,
  readRun,
  readSamples,
  runIds,
  savedStep,
} from '../../files/runs.ts';
import type { Task } from '../../tasks/task.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import { verdictOf } from '../../training/results/verdict/decide.ts';
import type { StepMetrics } from '../../training/run/events.ts';
import { forgettingScoreNames } from '../../training/run/forgetting-scores.ts';
import { evaluatedScores, lastScores, measuredScores } from '../../training/run/metrics-log.ts';
import { readOutcome } from '../../training/run/outcome-file.ts';
import type { DamagedRun, EvaluationRecord, RunDetail, RunPhase, RunSummary } from './messages.ts';
import { resultId } from './result-id.ts';
import { usualName } from './run-name.ts';
import { originOrNone, type RunOrigin } from './run-origin.ts';
import { isEnd, readState, saveState } from './run-state.ts';

/** The folder of a run among all of them. */
export const runFolder = (runs: Directory, id: string): Directory => subdirectory(runs, id);

/** Sorts by time as text; unique where two runs start in one second. */
export function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return `${time}-${randomId(4)}`;
}

/** From here on the folder is a run, which can be resumed from its first step whatever becomes of this page. */
export async function saveBeginning(run: Directory, config: RunConfig, fingerprint: string): Promise<void> {
  await saveState(run, 'training');
  await createRun(run, config, { fingerprint, created: new Date().toISOString() });
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

/** All runs, the newest first, and apart from them those that cannot be read. */
export async function listed(
  runs: Directory,
  live: Live = nobody,
): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }> {
  const damaged: DamagedRun[] = [];
  const read = async (id: string): Promise<RunSummary[]> => {
    try {
      const run = runFolder(runs, id);
      return [await summary(run, id, await partsOf(run), live)];
    } catch (thrown) {
      // Another tab deletes it, or takes it in, now.
      if (live.elsewhere.has(id) || !(await runs.exists(`${id}/run.json`))) return [];
      const { code, params } = toAppError(thrown);
      damaged.push({ id, error: { code, params } });
      return [];
    }
  };
  const found = (await Promise.all((await runIds(runs)).map(read))).flat();
  return { runs: found.sort((a, b) => b.created - a.created), damaged };
}

export const detail = (runs: Directory, id: string, live: Live = nobody): Promise<RunDetail> =>
  detailOf(runFolder(runs, id), id, live);

export async function detailOf(run: Directory, id: string, live: Live = nobody): Promise<RunDetail> {
  const parts = await partsOf(run);
  const { config, origin, metrics } = parts;
  // A list of runs needs no task: the first screen does not wait for them.
  const { taskOf } = await import('../../tasks/registry.ts');
  const task = taskOf(config);
  return {
    ...(await summary(run, id, parts, live)),
    cost: origin?.cost ?? null,
    table: origin?.table ?? null,
    config,
    metrics: metrics.map((record) => stepMetrics(record, task)),
    evaluations: (await readSamples(run)) as unknown as EvaluationRecord[],
    inside: await readInside(run),
    scores: lastScores(metrics, task.scores),
    knowsBase: await run.exists(baseFile),
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
    inside: [],
    scores: null,
    knowsBase: true,
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
  textPairs: textPairColumn(dataset) !== undefined,
  name:
    environment.experiment_name || usualName(origin ?? { model: model.llm_backbone, table: dataset.train_dataframe }),
  model: origin?.model ?? model.llm_backbone,
  totalSteps: origin?.totalSteps ?? 0,
  method: tuning.method,
  learningRate: training.learning_rate,
  trainingRows: origin?.trainingRows ?? null,
});

/** What a run's summary and its detail are both made of. */
async function partsOf(run: Directory) {
  const { config, info } = await readRun(run);
  const [origin, metrics] = [await originOrNone(run), await readMetrics(run)];
  return { config: parseRunConfig(config), info, origin, metrics };
}

async function summary(
  run: Directory,
  id: string,
  { config, info, origin, metrics }: Awaited<ReturnType<typeof partsOf>>,
  { own: live, elsewhere: others }: Live,
): Promise<RunSummary> {
  const saved = await savedStep(run);
  const last = metrics.findLast(({ loss }) => loss !== undefined);
  const facts = factsOf(id, config, origin);
  const own = live?.id === id && live.goesOn ? live : null;
  const elsewhere = own === null && others.has(id);
  const outcome = own ? null : await readOutcome(run);
  const state = await readState(run);
  const ended = endOf(state, saved, facts.totalSteps, config);
  // Its last checkpoint is there and nobody has asked yet what it came to.
  const lacksOutcome = state === 'training' && outcome === null;
  const open = own === null && !elsewhere && origin !== null && (ended !== 'finished' || lacksOutcome);
  return {
    ...facts,
    created: Date.parse(info.created),
    phase: own?.phase ?? (elsewhere ? 'training' : ended),
    step: metrics.at(-1)?.step ?? saved ?? 0,
    saved,
    lastLoss: typeof last?.loss === 'number' ? last.loss : null,
    evalLoss: evalLossOf(own || elsewhere ? metrics : untilSaved(metrics, saved), config),
    resumable: open,
    interrupted: open && state === 'training',
    elsewhere,
    kept: (await keptEvaluations(run)).map((at) => ({ id: resultId(id, at), step: at })),
    verdict: own || elsewhere ? null : verdictOf({ ...facts, config, records: metrics, outcome }),
    heldOut: outcome?.heldOut ?? null,
    curve: sparkline(metrics),
  };
}

/** How a run ended, as far as its weights are there: one that says more than was saved was broken off while it saved. */
function endOf(state: RunPhase | null, saved: number | null, totalSteps: number, { training }: RunConfig): RunPhase {
  if (totalSteps > 0 && (saved ?? 0) >= totalSteps) return 'finished';
  if (state === 'finished' && training.save_checkpoint !== 'disable') return 'stopped';
  return isEnd(state) ? state : 'stopped';
}

/** Without what a run that was broken off did after its last checkpoint. */
const untilSaved = (metrics: readonly MetricsRecord[], saved: number | null): readonly MetricsRecord[] =>
  saved === null ? metrics : metrics.filter(({ step }) => step <= saved);

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
function stepMetrics(record: MetricsRecord, { objective, scores: sets }: Task): StepMetrics {
  const number = (name: string): number => (typeof record[name] === 'number' ? record[name] : Number.NaN);
  const evalLoss = record.eval_loss;
  const scores = measuredScores(record, objective.measures ? sets.flat() : []);
  const evalScores = evaluatedScores(record, [...sets.flat(), ...forgettingScoreNames]);
  return {
    step: record.step,
    epoch: number('epoch'),
    loss: number('loss'),
    learningRate: number('learning_rate'),
    gradNorm: number('grad_norm'),
    tokens: number('tokens'),
    ...(typeof evalLoss === 'number' ? { evalLoss } : {}),
    ...(scores ? { scores } : {}),
    ...(evalScores ? { evalScores } : {}),
  };
}
