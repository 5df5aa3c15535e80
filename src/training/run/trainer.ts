import { AppError, because } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import {
  createRun,
  readMetrics,
  readOutcome,
  readRun,
  removeEvaluationsAfter,
  removeExamples,
  removeInside,
  removeOutcome,
  trimInside,
  trimMetrics,
  trimSamples,
} from '../../files/runs.ts';
import type { Executor } from '../../plan/executor.ts';
import type { DeviceProfile } from '../../plan/profile.ts';
import { requireSound } from '../../tasks/findings.ts';
import type { Material, TextMaterial } from '../../tasks/material.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { taskOf } from '../../tasks/registry.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { headInEightBits, keptDTypes } from '../programs/kept-weights.ts';
import { requirePrecision, usesHalf } from '../programs/precision.ts';
import { trainingPrograms } from '../programs/training-programs.ts';
import { type OpenAdapter, requireSameParameters } from '../session/adapter-tuning.ts';
import { openRun } from '../session/fit-run.ts';
import { createModelSession, type LoadReport, type ModelSession } from '../session/model-session.ts';
import type { OpenModel } from '../session/open-model.ts';
import { RunClock } from '../session/run-clock.ts';
import { type RunPlanner, runPlanner } from '../session/run-planner.ts';
import type { SharedBase } from '../session/shared-base.ts';
import { Watchdog } from '../session/watchdog.ts';
import type { Answering, MakeAnswering } from './answering.ts';
import { type BaseAnswer, keepBaseAnswers, readBaseAnswers, removeBaseAnswers } from './base-answers.ts';
import { findTraining, restoreTraining, savedBuffers } from './checkpoint.ts';
import { closableDirectory } from './closable-directory.ts';
import type { TrainingEvent } from './events.ts';
import { divergenceAt, forgettingCheck } from './forgetting.ts';
import { type AskHeldOut, evaluatedHeldOut } from './held-out.ts';
import { type LoopOutcome, trainingLoop } from './loop.ts';
import type { LoopContext } from './loop-context.ts';
import { openReference } from './reference.ts';
import { RunControl } from './run-control.ts';
import { RunTimer } from './run-timer.ts';

/** A run, beside what it learns from. */
export interface RunOptions {
  readonly executor: Executor;
  readonly open: OpenModel;
  /** With a resolved seed: `withSeed(parseRunConfig(…))`. */
  readonly config: RunConfig;
  /** What `tuning.init_from` names, already read. */
  readonly adapter?: OpenAdapter | undefined;
  /** The run's directory: config, metrics and checkpoints go there. Without one nothing is kept. */
  readonly run?: Directory | undefined;
  /** Continue from the newest checkpoint of `run`, where there is one; otherwise what is in `run` is replaced. */
  readonly resume?: boolean;
  /** Stop, as if asked to, when so many updates are done. */
  readonly stopAfter?: number | undefined;
  /** What it is planned for, with the bytes that it may fill; default: the executor's own. */
  readonly profile?: DeviceProfile;
  /** Shares frozen weights with the runs before and after it. */
  readonly base?: SharedBase | undefined;
  /** May have planned it already. */
  readonly planner?: RunPlanner;
  /** Answers validation prompts at each evaluation; without it none are. */
  readonly makeAnswering?: MakeAnswering | undefined;
  /** Answers held-out rows of a run that learns to write, when it has ended; without it their loss is taken. */
  readonly askHeldOut?: AskHeldOut | undefined;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** A run on texts. */
export type TrainingOptions = RunOptions & TextMaterial;

export interface Training {
  readonly config: RunConfig;
  readonly tuning: Tuning;
  readonly data: PreparedData;
  readonly totalSteps: number;
  /** The weights and programs of the run, for chat and export; filled once `start` has resolved. */
  readonly model: ModelSession;
  /**
   * Compiles what the run will need, without a weight on the device, so that `start` finds it there. Resolves to how many
   * kernels were new.
   */
  warm(): Promise<number>;
  /**
   * Loads, compiles, restores and trains; call it once. Resolves when the run is finished or was stopped. The session
   * stays open until `dispose`.
   * @throws AppError of any layer; 'loss-not-finite' leaves the last good checkpoint as it is
   */
  start(): Promise<LoopOutcome>;
  /** While nobody looks at the page, the browser may slow it down: what it takes then is not learned from. */
  watch(watched: boolean): void;
  /** Pauses after the step under way, with a checkpoint. */
  pause(): void;
  resume(): void;
  /** Stops after the step under way, with a checkpoint. */
  stop(): void;
  /** Frees the device. A run that goes on fails, and writes nothing more. */
  dispose(): void;
}

/**
 * Checks model, tuning and data against each other before anything is uploaded.
 * @throws AppError 'nothing-matched', 'nothing-trained', 'nothing-quantised', 'column-missing', 'rows-too-few', …; unless the
 * run is resumed, of what is found of its rows ('prompt-missing', 'rows-cut', …)
 */
export function createTraining(options: RunOptions & Material): Training {
  const { executor, config, adapter } = options;
  const { lesson, open } = openRun(options.open, config, options);
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  if (adapter) requireSameParameters(tuning, adapter);
  const data = lesson.fit(open.model, tuning, config).prepare();
  // A run that has begun goes on, whatever is found of its rows.
  if (!options.resume) requireSound(data.findings);
  const { weights } = config.model;
  const programs = { model: open.model, dtypes: keptDTypes(open, weights, tuning) };
  requirePrecision(config, executor);
  const { profile = executor.profile, planner = runPlanner() } = options;
  const recomputed = planner.recomputed(config, open, profile, data.train.largestLength);
  const plan = trainingPrograms(programs, tuning, config, data, recomputed);
  const forgetting =
    'tokenizer' in options ? forgettingCheck({ ...programs, tuning, tokenizer: options.tokenizer, config }) : null;
  const known = new Map([...plan.programs, ...(forgetting?.programs ?? [])]);
  const now = options.now ?? (() => performance.now());
  const watchdog = new Watchdog(now, (seconds) => executor.abandon?.(because`it did not answer for ${seconds} s`));
  const clock = new RunClock(now, watchdog);
  const model = createModelSession({
    executor,
    open,
    tuning,
    weights,
    seed: config.environment.seed,
    halfProducts: usesHalf(config),
    values: adapter?.values,
    base: options.base,
    clock,
    encode: 'tokenizer' in options ? options.tokenizer.encodeWithSpecial : undefined,
  });
  const control = new RunControl();
  const folder = options.run && closableDirectory(options.run);
  return {
    config,
    tuning,
    data,
    totalSteps: plan.schedule.totalSteps,
    model,
    async warm() {
      const graphs = [...known.values()].map((build) => build());
      await executor.tune?.(graphs);
      return (await executor.warm?.(graphs, { halfProducts: usesHalf(config) })) ?? 0;
    },
    async start() {
      const emit = timed(options.onEvent ?? (() => {}), new RunTimer(clock, now, executor.kernels));
      const work = async (): Promise<LoopOutcome> => {
        emit({ kind: 'phase', phase: 'loading' });
        const run = folder?.open;
        const found = await openFolder({ ...options, run, open }, tuning, data, plan.schedule.totalSteps);
        const { stopAfter } = options;
        const earlier = found && run ? await readBaseAnswers(run) : [];
        const keep = async (answers: readonly BaseAnswer[]) => run && keepBaseAnswers(run, answers);
        const answering = answeringOf(options, { model, data, earlier, keep });
        const reference = await openReference({ run, data, config, found: found?.state, plan });
        await model.load(new Map([...known, ...reference.programs]), loadEvents(emit));
        const restore = async () => {
          if (found)
            await restoreTraining(model.session, savedBuffers(open.model, tuning, config.training), found.checkpoint);
        };
        // What was said before training is asked with the weights that training begins with.
        if (found?.state.step === 0) await restore();
        const rows = await reference.rows(model, control, emit);
        if (found) {
          await restore();
          emit({ kind: 'restored', step: found.state.step });
        }
        const askHeldOut = heldOutOf(options, { model, data: rows });
        const parts = { model, tuning, data: rows, config, plan, control };
        const context = { ...parts, run, stopAfter, answering, forgetting, askHeldOut, emit, now };
        return trainingLoop(context, found?.state, found?.divergence);
      };
      const working = work();
      watchdog.begin();
      try {
        // A device that is lost may leave a read hanging; `lost` always rejects.
        return await Promise.race([working, executor.lost]);
      } catch (thrown) {
        // What is known of the run is still written, where that does not wait for the device, nor for the visitor.
        control.stop();
        await Promise.race([working.catch(() => {}), new Promise((done) => setTimeout(done, farewell))]);
        throw thrown;
      } finally {
        watchdog.end();
        void folder?.close();
      }
    },
    watch: (watched) => {
      clock.trust = watched;
    },
    pause: () => control.pause(),
    resume: () => control.resume(),
    stop: () => control.stop(),
    dispose() {
      void folder?.close();
      model.dispose();
    },
  };
}

/** Milliseconds that a run which failed has to write down what is known of it. */
const farewell = 1000;

/** Tells what the run took where it is time for that. */
const timed =
  (emit: (event: TrainingEvent) => void, timer: RunTimer) =>
  (event: TrainingEvent): void => {
    emit(event);
    if (timer.hear(event)) emit({ kind: 'times', times: timer.times() });
  };

/** Who answers validation prompts, where somebody does. */
function answeringOf(
  options: RunOptions & Material,
  rest: Pick<Parameters<MakeAnswering>[0], 'model' | 'data' | 'earlier' | 'keep'>,
): Answering | null {
  const { makeAnswering, config } = options;
  if (!('tokenizer' in options) || taskOf(config).answers) return null;
  return makeAnswering?.({ ...rest, config, tokenizer: options.tokenizer }) ?? null;
}

/** Who asks the held-out rows of a run that is kept. */
function heldOutOf(
  options: RunOptions & Material,
  rest: { readonly model: ModelSession; readonly data: PreparedData },
): LoopContext['askHeldOut'] {
  const { run, askHeldOut, config } = options;
  if (!run) return null;
  return async (limits) => {
    const { answers, objective } = taskOf(config);
    const writes = 'tokenizer' in options && !answers && !objective.measuredHeldOut ? askHeldOut : undefined;
    const answered = await writes?.({ ...rest, config, tokenizer: (options as TextMaterial).tokenizer }, limits);
    return answered ?? evaluatedHeldOut({ ...rest, config }, limits);
  };
}

/** Loading and compiling go on side by side; the phase is loading until that is done. */
function loadEvents(emit: (event: TrainingEvent) => void): LoadReport {
  let loaded = false;
  return {
    onTune: (done, total) => emit({ kind: 'phase', phase: 'preparing-kernels', detail: { done, total } }),
    onLoad: ({ bytes, totalBytes }) =>
      emit({ kind: 'phase', phase: 'loading', detail: { done: bytes, total: totalBytes } }),
    onQuantised: (error) => emit({ kind: 'quantised', error }),
    onLoaded() {
      loaded = true;
      emit({ kind: 'phase', phase: 'preparing-kernels' });
    },
    onCompile(done, total) {
      if (loaded) emit({ kind: 'phase', phase: 'preparing-kernels', detail: { done, total } });
    },
  };
}

/** Finds the checkpoint to go on from, or makes the directory that of a new run. */
async function openFolder(
  { run, resume, config, open }: Pick<RunOptions, 'run' | 'resume' | 'config' | 'open'>,
  tuning: Tuning,
  data: PreparedData,
  totalSteps: number,
) {
  if (!run) return undefined;
  const expected = { seed: config.environment.seed, isFingerprint: data.isFingerprint, totalSteps };
  const found = resume
    ? await findTraining(run, savedBuffers(open.model, tuning, config.training), expected)
    : undefined;
  if (found && found.state.headInEightBits !== headInEightBits(open.model, config.model.weights, tuning))
    throw new AppError('checkpoint-invalid', {
      reason: because`it was made when int4 kept the head as published, and it takes 8 bits now`,
    });
  // One that was killed between an evaluation and the end that follows from it ends; one that has ended goes on.
  const isKilled = found !== undefined && (await readOutcome(run)) === null;
  const divergence = isKilled ? divergenceAt(await readMetrics(run), found.state.step) : null;
  // One that cannot go on keeps what it came to.
  await removeOutcome(run);
  await removeExamples(run);
  if (found) {
    // A run may go on under another config, such as with more steps; what it was begun with stays in `info`.
    await createRun(run, config, (await readRun(run)).info);
    await trimMetrics(run, found.state.step);
    await trimSamples(run, found.state.step);
    await trimInside(run, found.state.step);
    await removeEvaluationsAfter(run, found.state.step);
    return { ...found, divergence };
  }
  // A run that was stopped before its first checkpoint begins anew; it is as old as it was.
  const before = resume ? await readRun(run).catch(() => undefined) : undefined;
  await run.remove('checkpoints');
  await run.remove('metrics.jsonl');
  await run.remove('samples.jsonl');
  await removeInside(run);
  await removeBaseAnswers(run);
  const created = before?.info.created ?? new Date().toISOString();
  await createRun(run, config, { fingerprint: data.fingerprint, created });
  return undefined;
}
