import { AppError, because } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import { saveBase } from '../../files/run-base.ts';
import { deleteRun } from '../../files/runs.ts';
import { makeAnsweringWith } from '../../generation/answers.ts';
import { askHeldOutWith } from '../../generation/held-out.ts';
import { judgeFor, type KnownScores } from '../../generation/judge.ts';
import type { Executor } from '../../plan/executor.ts';
import type { EncodedRows } from '../../tasks/material.ts';
import { parseRunConfig, type RunConfig, withSeed } from '../../training/config/run-config.ts';
import type { TrainingEvent } from '../../training/run/events.ts';
import { createTraining, type Training } from '../../training/run/trainer.ts';
import type { OpenAdapter } from '../../training/session/adapter-tuning.ts';
import type { RunPlan } from '../../training/session/plan-run.ts';
import type { SharedBase } from '../../training/session/shared-base.ts';
import { encodeAhead } from '../../training/session/tokenise.ts';
import { readMaterial } from '../data/material.ts';
import type { RunTables } from '../data/opened-table.ts';
import { type OpenedModel, reopened } from '../models/opened-model.ts';
import type { Requests } from '../protocol.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { ActiveRun } from './active-run.ts';
import { withEpochs, withSettings } from './changed-config.ts';
import { DeviceLosses } from './device-losses.ts';
import { keepIdentity, readIdentity } from './identity.ts';
import type { RunCost, RunDetail } from './messages.ts';
import { MetricsStream } from './metrics-stream.ts';
import type { Preparation } from './preparation.ts';
import type { RunCourse } from './run-course.ts';
import { modelOf, originOf } from './run-model.ts';
import { readOrigin, saveOrigin } from './run-origin.ts';
import { type RunEnd, saveEnd, saveState } from './run-state.ts';
import { detail, newRunId, readConfig, runFolder, saveBeginning, startedRun } from './run-store.ts';
import { readRunTables, saveRunTables } from './run-tables.ts';
import { saveStart, startOf } from './start-adapter.ts';
import { tokeniseWorker } from './tokenise.ts';

type RunHandlers = Pick<
  Handlers,
  'startRun' | 'startAgain' | 'resumeRun' | 'pauseRun' | 'continueRun' | 'stopRun' | 'deleteRun'
>;

/** Starting, steering and keeping runs. */
export function runHandlers(workshop: Workshop, preparation: Preparation): RunHandlers {
  return {
    startRun: ({ config }) => workshop.turn.take((...turn) => start(workshop, preparation, config, ...turn)),
    startAgain: (params) => workshop.turn.take((...turn) => startAgain(workshop, preparation, params, ...turn)),
    resumeRun: ({ runId, epochs = 0 }) =>
      workshop.turn.take((...turn) => resume(workshop, preparation, { id: runId, epochs }, ...turn), runId),
    pauseRun: async () => done(workshop.active?.pause()),
    continueRun: async () => done(workshop.active?.resume()),
    async stopRun() {
      workshop.turn.giveUp();
      return done(workshop.active?.stop());
    },
    deleteRun: ({ runId }) =>
      workshop.locks.during(runId, async () => {
        workshop.turn.giveUp(runId);
        if (workshop.active?.parts.id === runId) workshop.release();
        await workshop.folders.close(runId);
        await deleteRun(await workshop.runs(), runId);
        return {};
      }),
  };
}

const done = (_: unknown) => ({});

async function start(
  workshop: Workshop,
  preparation: Preparation,
  config: unknown,
  signal: AbortSignal,
  course: RunCourse,
): Promise<RunDetail> {
  const checked = withSeed(parseRunConfig(config));
  const adapter = adapterOf(workshop, checked);
  const { opened, problem } = preparation.fitTo(checked);
  if (problem) throw problem;
  const tables = workshop.tablesFor(checked);
  return startOn(
    workshop,
    preparation,
    { id: newRunId(), config: checked, opened, tables, adapter, resumed: null },
    signal,
    course,
  );
}

/** A run that was kept, once more from its beginning, with some settings changed. */
async function startAgain(
  workshop: Workshop,
  preparation: Preparation,
  { runId, settings }: Requests['startAgain']['params'],
  signal: AbortSignal,
  course: RunCourse,
): Promise<RunDetail> {
  const folder = runFolder(await workshop.runs(), runId);
  const before = await readConfig(folder);
  const config = withSeed(withSettings(before, settings));
  const adapter = adapterOf(workshop, config);
  const origin = await readOrigin(folder);
  const opened = await modelOf(workshop, folder, origin, signal);
  const tables = await readRunTables(folder, origin, config);
  const run = { id: newRunId(), config, opened, tables, adapter, resumed: null };
  return startOn(workshop, preparation, run, signal, course);
}

/** A new run on a model and tables that are open. */
export async function startOn(
  workshop: Workshop,
  preparation: Preparation,
  run: Run,
  signal: AbortSignal,
  course: RunCourse,
): Promise<RunDetail> {
  const { id, config, tables, adapter } = run;
  const begin = await prepare(workshop, preparation, run, signal);
  try {
    await workshop.locks.take(id);
    await saveOrigin(begin.folder, begin.origin);
    await saveBase(begin.folder, run.opened.open.files);
    await saveRunTables(begin.folder, tables);
    if (adapter) await saveStart(begin.folder, adapter.values);
    signal.throwIfAborted();
    await saveBeginning(begin.folder, config, begin.fingerprint);
    signal.throwIfAborted();
  } catch (thrown) {
    begin.dispose();
    await begin.runs.remove(id);
    workshop.locks.release(id);
    throw thrown;
  }
  const end = begin.train(course);
  run.whenBegun?.(end);
  identify(workshop, begin.folder, run);
  return startedRun(id, config, begin.origin);
}

/** Keeps what the run is made with, while it trains. */
function identify({ identifying }: Workshop, folder: Directory, { id, opened, tables }: Run): void {
  const identified = keepIdentity(folder, { model: opened, ...tables });
  identifying.set(id, identified);
  void identified.finally(() => identifying.delete(id));
}

/** From the newest checkpoint; a run that was stopped before its first one begins anew, as it was begun. */
export async function resume(
  workshop: Workshop,
  preparation: Preparation,
  { id, epochs, bench, ...leg }: { readonly id: string; readonly epochs: number; readonly bench?: Bench } & Leg,
  signal: AbortSignal,
  course: RunCourse,
): Promise<RunDetail> {
  await workshop.locks.take(id);
  let begin: Awaited<ReturnType<typeof prepare>> | undefined;
  try {
    const runs = await workshop.runs();
    const folder = workshop.folders.of(runs, id);
    const origin = await readOrigin(folder);
    const opened = bench?.opened ?? (await modelOf(workshop, folder, origin, signal));
    const before = await detail(runs, id);
    const config = withEpochs(before, epochs);
    const tables = bench?.tables ?? (await readRunTables(folder, origin, config));
    const adapter = await startOf(folder, config, opened, tables);
    const run = { id, config, opened, tables, adapter, resumed: { from: before.saved ?? 0 }, ...leg };
    begin = await prepare(workshop, preparation, run, signal);
    const { totalSteps, executor } = begin.origin;
    if (executor !== origin.executor) requireConsent(workshop, id, origin.executor, executor);
    if (totalSteps !== origin.totalSteps || executor !== origin.executor)
      await saveOrigin(folder, { ...origin, totalSteps, executor });
    // A run of an older version says from here on which base it goes on with.
    await saveBase(folder, opened.open.files);
    await saveState(folder, 'training');
    if (signal.aborted) await saveEnd(folder, 'stopped');
    signal.throwIfAborted();
    const end = begin.train(course);
    leg.whenBegun?.(end);
    // Its page may have gone before that was known.
    if (!(await readIdentity(folder))) identify(workshop, folder, run);
    return { ...before, config, totalSteps, phase: 'loading', interrupted: false, verdict: null, heldOut: null };
  } catch (thrown) {
    begin?.dispose();
    workshop.locks.release(id);
    throw thrown;
  }
}

/**
 * A run goes on with another executor, whose last bits are others, only where the visitor asks for it once more: a browser
 * that has no GPU for the moment has one again when it is started anew.
 * @throws AppError 'run-executor-other'
 */
function requireConsent({ asked }: Workshop, id: string, before: string | undefined, now: string): void {
  const question = `${id} ${now}`;
  if (before === undefined || asked.has(question)) return;
  asked.add(question);
  throw new AppError('run-executor-other', { before, now });
}

/** Model and tables, opened for several runs. */
export interface Bench {
  readonly opened: OpenedModel;
  readonly tables: RunTables;
}

/** How far a run is trained, who waits for its end, and what it shares with others. */
export interface Leg {
  readonly base?: SharedBase | undefined;
  /** Gives the encoded rows of a run like this one, or has them encoded. */
  readonly shareRows?: (run: Run, encode: () => Promise<EncodedRows | undefined>) => Promise<EncodedRows | undefined>;
  /** Stop, as if asked to, when so many updates are done. */
  readonly stopAfter?: number | undefined;
  /** Given how it ends, once it has begun. */
  readonly whenBegun?: (end: Promise<RunEnd>) => void;
}

interface Run extends Leg, Bench {
  readonly id: string;
  readonly config: RunConfig;
  readonly adapter: OpenAdapter | undefined;
  /** The step of the checkpoint that it goes on from; null of a new run. */
  readonly resumed: { readonly from: number } | null;
}

/**
 * All that a run needs before it begins. Nothing is written, and the run before it is untouched, until `train`.
 * @throws the signal's reason
 */
async function prepare(workshop: Workshop, { planner }: Preparation, run: Run, signal: AbortSignal) {
  const { id, config, opened, tables, adapter, resumed } = run;
  const runs = await workshop.runs();
  const folder = workshop.folders.of(runs, id);
  const known: KnownScores = new Map();
  const data = await dataOf(workshop, run, known, signal);
  const { executors } = workshop;
  const executor = await executors.executor(config.environment.executor);
  const profile = await executors.profile(config.environment.executor);
  signal.throwIfAborted();
  const metrics = new MetricsStream(id, workshop.emit);
  const losses = new DeviceLosses(resumed?.from ?? 0);
  let learning = Promise.resolve();
  const onEvent = (on: Executor) => (event: TrainingEvent) => {
    if (active.parts.model.executor !== on) return;
    // What is not learned costs an estimate, never the run.
    if (event.kind === 'times') learning = executors.learn(on, event.times).catch(() => {});
    if (event.kind === 'checkpoint') losses.savedAt(event.step);
    if (event.kind === 'restored') losses.restoredAt(event.step);
    tellOf(event, active, metrics, workshop.emit);
  };
  const trainingOn = (executor: Executor, resume: boolean): Training => {
    const { stopAfter, base } = run;
    const given = {
      executor,
      open: opened.open,
      config,
      adapter,
      run: folder,
      resume,
      stopAfter,
      base,
      profile,
      planner,
    };
    return createTraining({ ...given, onEvent: onEvent(executor), ...data });
  };
  const first = trainingOn(executor, resumed !== null);
  const served = reopened(opened, first.model.open);
  const active = new ActiveRun({ id, evaluation: null, folder, config, opened: served, model: first.model, known });
  const ended = async (phase: RunEnd) => {
    await saveEnd(folder, phase);
    workshop.locks.release(id);
    void learning.then(() => workshop.emit('learned', {}));
  };
  const { data: learned, totalSteps } = first;
  const plan = planner.plan(config, first.model.open, profile, learned.train.largestLength);
  return {
    runs,
    folder,
    origin: {
      ...originOf(opened, tables, totalSteps),
      trainingRows: learned.counts.training,
      cost: costOf(plan),
      executor: executor.name,
    },
    fingerprint: learned.fingerprint,
    dispose: () => first.dispose(),
    train(course: RunCourse): Promise<RunEnd> {
      // The device holds one run; the one before it is on disk.
      workshop.release();
      workshop.active = active;
      const renew = async () => {
        const next = trainingOn(await executors.executor(executor.name), true);
        next.watch(workshop.isWatched);
        return next;
      };
      const end = active.train({ course, first, renew, losses, metrics, emit: workshop.emit, ended });
      active.watch(workshop.isWatched);
      return end;
    },
  };
}

/** What a training tells, for the page. */
function tellOf(event: TrainingEvent, active: ActiveRun, metrics: MetricsStream, emit: Workshop['emit']): void {
  const runId = active.parts.id;
  if (event.kind === 'step') metrics.add(event.metrics, event.progress);
  if (event.kind === 'answers') {
    const { kind: _, ...answers } = event;
    emit('answers', { runId, ...answers });
  }
  if (event.kind === 'inside') {
    const { kind: _, ...inside } = event;
    emit('inside', { runId, ...inside });
  }
  if (event.kind === 'evaluation' && event.scores) emit('scores', { runId, step: event.step, scores: event.scores });
  if (event.kind === 'quantised') emit('quantised', { runId, error: event.error });
  if (event.kind !== 'phase' || !active.enter(event.phase)) return;
  metrics.flush();
  const { kind: _, ...told } = event;
  emit('phase', { runId, ...told });
}

const costOf = ({ trainedParameters, totalParameters, step: { peakBytes } }: RunPlan): RunCost => ({
  trainedParameters,
  totalParameters,
  peakBytes,
});

/** What a run learns from, read now, with its rows encoded. */
async function dataOf(workshop: Workshop, run: Run, known: KnownScores, signal: AbortSignal) {
  const { opened, tables, config, shareRows = (_, encode) => encode() } = run;
  const onEncoded = (done: number, total: number) => {
    signal.throwIfAborted();
    workshop.emit('starting', { done, total });
  };
  const material = await readMaterial(opened, tables, onEncoded);
  const encoded = await shareRows(run, () =>
    encodeAhead({ ...material, config, open: opened.open }, tokeniseWorker, { onEncoded, signal }),
  );
  const judge = judgeFor(config.prediction, workshop.judgeKey, (input, init) => fetch(input, init), known);
  return { ...material, encoded, makeAnswering: makeAnsweringWith(judge), askHeldOut: askHeldOutWith(judge) };
}

/** The adapter that the run goes on from. @throws AppError 'adapter-invalid' where it is not open */
export function adapterOf({ adapter }: Workshop, { tuning }: RunConfig): OpenAdapter | undefined {
  if (tuning.init_from === '') return undefined;
  if (adapter?.name === tuning.init_from) return adapter.adapter;
  throw new AppError('adapter-invalid', { reason: because`open ${tuning.init_from} first, beside the model` });
}
