import { AppError, because } from '../../errors.ts';
import { saveBase } from '../../files/run-base.ts';
import { makeAnsweringWith } from '../../generation/answers.ts';
import { askHeldOutWith } from '../../generation/held-out.ts';
import { judgeFor, type KnownScores } from '../../generation/judge.ts';
import { parseRunConfig, type RunConfig, withSeed } from '../../training/config/run-config.ts';
import type { TrainingEvent } from '../../training/run/events.ts';
import type { RunTimes } from '../../training/run/run-times.ts';
import { createTraining } from '../../training/run/trainer.ts';
import type { OpenAdapter } from '../../training/session/adapter-tuning.ts';
import type { RunPlan } from '../../training/session/plan-run.ts';
import { encodeAhead } from '../../training/session/tokenise.ts';
import { readMaterial } from '../data/material.ts';
import type { RunTables } from '../data/opened-table.ts';
import { type OpenedModel, reopened } from '../models/opened-model.ts';
import type { Requests } from '../protocol.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { ActiveRun } from './active-run.ts';
import { withEpochs, withSettings } from './changed-config.ts';
import { keepIdentity } from './identity.ts';
import type { RunCost, RunDetail } from './messages.ts';
import { MetricsStream } from './metrics-stream.ts';
import type { Preparation } from './preparation.ts';
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
    startRun: ({ config }) => workshop.turn.take((signal) => start(workshop, preparation, config, signal)),
    startAgain: (params) => workshop.turn.take((signal) => startAgain(workshop, preparation, params, signal)),
    resumeRun: ({ runId, epochs = 0 }) =>
      workshop.turn.take((signal) => resume(workshop, preparation, { id: runId, epochs }, signal), runId),
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
        await (await workshop.runs()).remove(runId);
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
): Promise<RunDetail> {
  const checked = withSeed(parseRunConfig(config));
  const adapter = adapterOf(workshop, checked);
  const { opened, problem } = preparation.fitTo(checked);
  if (problem) throw problem;
  const tables = workshop.tablesFor(checked);
  return startOn(
    workshop,
    preparation,
    { id: newRunId(), config: checked, opened, tables, adapter, resume: false },
    signal,
  );
}

/** A run that was kept, once more from its beginning, with some settings changed. */
async function startAgain(
  workshop: Workshop,
  preparation: Preparation,
  { runId, settings }: Requests['startAgain']['params'],
  signal: AbortSignal,
): Promise<RunDetail> {
  const folder = runFolder(await workshop.runs(), runId);
  const before = await readConfig(folder);
  const config = withSeed(withSettings(before, settings));
  const adapter = adapterOf(workshop, config);
  const origin = await readOrigin(folder);
  const opened = await modelOf(workshop, folder, origin, signal);
  const tables = await readRunTables(folder, origin, config);
  return startOn(workshop, preparation, { id: newRunId(), config, opened, tables, adapter, resume: false }, signal);
}

async function startOn(
  workshop: Workshop,
  preparation: Preparation,
  run: Run,
  signal: AbortSignal,
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
  begin.train();
  const identified = keepIdentity(begin.folder, { model: run.opened, ...tables });
  workshop.identifying.set(id, identified);
  void identified.finally(() => workshop.identifying.delete(id));
  return startedRun(id, config, begin.origin);
}

/** From the newest checkpoint; a run that was stopped before its first one begins anew, as it was begun. */
async function resume(
  workshop: Workshop,
  preparation: Preparation,
  { id, epochs }: { readonly id: string; readonly epochs: number },
  signal: AbortSignal,
): Promise<RunDetail> {
  await workshop.locks.take(id);
  try {
    const runs = await workshop.runs();
    const folder = runFolder(runs, id);
    const origin = await readOrigin(folder);
    const opened = await modelOf(workshop, folder, origin, signal);
    const before = await detail(runs, id);
    const config = withEpochs(before, epochs);
    const tables = await readRunTables(folder, origin, config);
    const adapter = await startOf(folder, config, opened, tables);
    const run = { id, config, opened, tables, adapter, resume: true };
    const begin = await prepare(workshop, preparation, run, signal);
    const { totalSteps } = begin.origin;
    if (totalSteps !== origin.totalSteps) await saveOrigin(folder, { ...origin, totalSteps });
    // A run of an older version says from here on which base it goes on with.
    await saveBase(folder, opened.open.files);
    await saveState(folder, 'training');
    if (signal.aborted) await saveEnd(folder, 'stopped');
    signal.throwIfAborted();
    begin.train();
    return { ...before, config, totalSteps, phase: 'loading', interrupted: false, verdict: null, heldOut: null };
  } catch (thrown) {
    workshop.locks.release(id);
    throw thrown;
  }
}

interface Run {
  readonly id: string;
  readonly config: RunConfig;
  readonly opened: OpenedModel;
  readonly tables: RunTables;
  readonly adapter: OpenAdapter | undefined;
  readonly resume: boolean;
}

/**
 * All that a run needs before it begins. Nothing is written, and the run before it is untouched, until `train`.
 * @throws the signal's reason
 */
async function prepare(workshop: Workshop, { planner }: Preparation, run: Run, signal: AbortSignal) {
  const { id, config, opened, tables, adapter, resume } = run;
  const runs = await workshop.runs();
  const folder = runFolder(runs, id);
  const known: KnownScores = new Map();
  const data = await dataOf(workshop, run, known, signal);
  const executor = await workshop.executors.executor(config.environment.executor);
  const profile = await workshop.executors.profile(config.environment.executor);
  signal.throwIfAborted();
  const metrics = new MetricsStream(id, workshop.emit);
  let learning = Promise.resolve();
  const learn = (times: RunTimes): void => {
    // What is not learned costs an estimate, never the run.
    learning = workshop.executors.learn(executor, times).catch(() => {});
  };
  const onEvent = (event: TrainingEvent): void => {
    if (event.kind === 'step') metrics.add(event.metrics, event.progress);
    if (event.kind === 'answers') {
      const { kind: _, ...answers } = event;
      workshop.emit('answers', { runId: id, ...answers });
    }
    if (event.kind === 'evaluation' && event.scores)
      workshop.emit('scores', { runId: id, step: event.step, scores: event.scores });
    if (event.kind === 'times') learn(event.times);
    if (event.kind === 'quantised') workshop.emit('quantised', { runId: id, error: event.error });
    if (event.kind !== 'phase' || !active.enter(event.phase)) return;
    metrics.flush();
    const { kind: _, ...told } = event;
    workshop.emit('phase', { runId: id, ...told });
  };
  const { open } = opened;
  const given = { executor, open, config, adapter, run: folder, resume, profile, planner, onEvent };
  const training = createTraining({ ...given, ...data });
  const served = reopened(opened, training.model.open);
  const { model } = training;
  const active = new ActiveRun({ id, evaluation: null, folder, config, opened: served, model, known });
  const end = async (phase: RunEnd) => {
    await saveEnd(folder, phase);
    workshop.locks.release(id);
    void learning.then(() => workshop.emit('learned', {}));
  };
  const { data: learned, totalSteps } = training;
  const plan = planner.plan(config, training.model.open, profile, learned.train.largestLength);
  return {
    runs,
    folder,
    origin: {
      ...originOf(opened, tables, totalSteps),
      trainingRows: learned.counts.training,
      cost: costOf(plan),
    },
    fingerprint: learned.fingerprint,
    dispose: () => training.dispose(),
    train() {
      // The device holds one run; the one before it is on disk.
      workshop.release();
      workshop.active = active;
      active.train(training, metrics, workshop.emit, end);
      active.watch(workshop.isWatched);
    },
  };
}

const costOf = ({ trainedParameters, totalParameters, step: { peakBytes } }: RunPlan): RunCost => ({
  trainedParameters,
  totalParameters,
  peakBytes,
});

/** What a run learns from, read now, with its rows encoded. */
async function dataOf(workshop: Workshop, { opened, tables, config }: Run, known: KnownScores, signal: AbortSignal) {
  const onEncoded = (done: number, total: number) => {
    signal.throwIfAborted();
    workshop.emit('starting', { done, total });
  };
  const material = await readMaterial(opened, tables, onEncoded);
  const encoded = await encodeAhead({ ...material, config, open: opened.open }, tokeniseWorker, { onEncoded, signal });
  const judge = judgeFor(config.prediction, workshop.judgeKey, (input, init) => fetch(input, init), known);
  return { ...material, encoded, makeAnswering: makeAnsweringWith(judge), askHeldOut: askHeldOutWith(judge) };
}

/** The adapter that the run goes on from. @throws AppError 'adapter-invalid' where it is not open */
function adapterOf({ adapter }: Workshop, { tuning }: RunConfig): OpenAdapter | undefined {
  if (tuning.init_from === '') return undefined;
  if (adapter?.name === tuning.init_from) return adapter.adapter;
  throw new AppError('adapter-invalid', { reason: because`open ${tuning.init_from} first, beside the model` });
}
