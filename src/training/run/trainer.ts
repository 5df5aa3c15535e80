import type { Directory } from '../../files/directory.ts';
import { createRun, readRun, readSamples, trimMetrics, trimSamples } from '../../files/runs.ts';
import type { Executor } from '../../plan/executor.ts';
import type { DeviceProfile } from '../../plan/profile.ts';
import type { Material, TextMaterial } from '../../tasks/material.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { taskOf } from '../../tasks/registry.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { keptDTypes } from '../programs/kept-weights.ts';
import { requirePrecision, usesHalf } from '../programs/precision.ts';
import { trainingPrograms } from '../programs/training-programs.ts';
import { type OpenAdapter, requireSameParameters } from '../session/adapter-tuning.ts';
import { openRun } from '../session/fit-run.ts';
import { createModelSession, type LoadReport, type ModelSession } from '../session/model-session.ts';
import type { OpenModel } from '../session/open-model.ts';
import { type RunPlanner, runPlanner } from '../session/run-planner.ts';
import type { Answering, MakeAnswering } from './answering.ts';
import { findTraining, restoreTraining, savedBuffers } from './checkpoint.ts';
import type { SampleAnswer, TrainingEvent } from './events.ts';
import { type LoopOutcome, trainingLoop } from './loop.ts';
import { RunControl } from './run-control.ts';

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
  /** May have planned it already. */
  readonly planner?: RunPlanner;
  /** Answers validation prompts at each evaluation; without it none are. */
  readonly makeAnswering?: MakeAnswering | undefined;
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
  /** Pauses after the step under way, with a checkpoint. */
  pause(): void;
  resume(): void;
  /** Stops after the step under way, with a checkpoint. */
  stop(): void;
  dispose(): void;
}

/**
 * Checks model, tuning and data against each other before anything is uploaded.
 * @throws AppError 'nothing-matched', 'nothing-trained', 'nothing-quantised', 'column-missing', 'rows-too-few', …
 */
export function createTraining(options: RunOptions & Material): Training {
  const { executor, config, adapter } = options;
  const { lesson, open } = openRun(options.open, config, options);
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  if (adapter) requireSameParameters(tuning, adapter);
  const data = lesson.fit(open.model, tuning, config).prepare();
  const { weights } = config.model;
  const programs = { model: open.model, dtypes: keptDTypes(open, weights, tuning) };
  requirePrecision(config, executor);
  const { profile = executor.profile, planner = runPlanner() } = options;
  const recomputed = planner.recomputed(config, open, profile, data.train.largestLength);
  const plan = trainingPrograms(programs, tuning, config, data, recomputed);
  const model = createModelSession({
    executor,
    open,
    tuning,
    weights,
    seed: config.environment.seed,
    halfProducts: usesHalf(config),
    values: adapter?.values,
    encode: 'tokenizer' in options ? options.tokenizer.encodeWithSpecial : undefined,
  });
  const control = new RunControl();
  return {
    config,
    tuning,
    data,
    totalSteps: plan.schedule.totalSteps,
    model,
    async warm() {
      const graphs = [...plan.programs.values()].map((build) => build());
      await executor.tune?.(graphs);
      return (await executor.warm?.(graphs, { halfProducts: usesHalf(config) })) ?? 0;
    },
    async start() {
      const emit = options.onEvent ?? (() => {});
      const work = async (): Promise<LoopOutcome> => {
        emit({ kind: 'phase', phase: 'loading' });
        const found = await openFolder({ ...options, open }, tuning, data);
        const { run, stopAfter } = options;
        const earlier = found && run ? await lastSamples(run) : [];
        const answering = answeringOf(options, { model, data, earlier });
        await model.load(plan.programs, loadEvents(emit));
        if (found)
          await restoreTraining(model.session, savedBuffers(open.model, tuning, config.training), found.checkpoint);
        const now = options.now ?? (() => performance.now());
        const context = { model, tuning, data, config, plan, control, run, stopAfter, answering, emit, now };
        return trainingLoop(context, found?.state);
      };
      // A device that is lost may leave a read hanging; `lost` always rejects.
      return Promise.race([work(), executor.lost]);
    },
    pause: () => control.pause(),
    resume: () => control.resume(),
    stop: () => control.stop(),
    dispose: () => model.dispose(),
  };
}

/** Who answers validation prompts, where somebody does. */
function answeringOf(
  options: RunOptions & Material,
  rest: Pick<Parameters<MakeAnswering>[0], 'model' | 'data' | 'earlier'>,
): Answering | null {
  const { makeAnswering, config } = options;
  if (!('tokenizer' in options) || taskOf(config).answers) return null;
  return makeAnswering?.({ ...rest, config, tokenizer: options.tokenizer }) ?? null;
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

async function lastSamples(run: Directory): Promise<readonly SampleAnswer[]> {
  const last = (await readSamples(run)).at(-1);
  return (last?.samples as SampleAnswer[] | undefined) ?? [];
}

/** Finds the checkpoint to go on from, or makes the directory that of a new run. */
async function openFolder(
  { run, resume, config, open }: Pick<RunOptions, 'run' | 'resume' | 'config' | 'open'>,
  tuning: Tuning,
  data: PreparedData,
) {
  if (!run) return undefined;
  const expected = { seed: config.environment.seed, fingerprint: data.fingerprint };
  const found = resume
    ? await findTraining(run, savedBuffers(open.model, tuning, config.training), expected)
    : undefined;
  if (found) {
    // A run may go on under another config, such as with more steps; what it was begun with stays in `info`.
    await createRun(run, config, (await readRun(run)).info);
    await trimMetrics(run, found.state.step);
    await trimSamples(run, found.state.step);
    return found;
  }
  await run.remove('checkpoints');
  await run.remove('metrics.jsonl');
  await run.remove('samples.jsonl');
  await createRun(run, config, { fingerprint: data.fingerprint, created: new Date().toISOString() });
  return undefined;
}
