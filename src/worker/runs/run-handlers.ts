import { AppError, because } from '../../errors.ts';
import { makeAnsweringWith } from '../../generation/answers.ts';
import { judgeFor } from '../../generation/judge.ts';
import { parseRunConfig, type RunConfig, withSeed } from '../../training/config/run-config.ts';
import type { TrainingEvent } from '../../training/run/events.ts';
import { createTraining } from '../../training/run/trainer.ts';
import type { OpenAdapter } from '../../training/session/adapter-tuning.ts';
import { encodeAhead, type OnEncoded } from '../../training/session/tokenise.ts';
import { readMaterial } from '../data/material.ts';
import type { RunTables } from '../data/opened-table.ts';
import { type OpenedModel, reopened } from '../models/opened-model.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { ActiveRun } from './active-run.ts';
import type { RunDetail } from './messages.ts';
import { MetricsStream } from './metrics-stream.ts';
import type { Preparation } from './preparation.ts';
import { modelOf, originOf } from './run-model.ts';
import { detail, newRunId, type RunOrigin, readOrigin, runFolder, saveOrigin, startedRun } from './run-store.ts';
import { readRunTables, saveRunTables } from './run-tables.ts';
import { tokeniseWorker } from './tokenise.ts';

type RunHandlers = Pick<Handlers, 'startRun' | 'resumeRun' | 'pauseRun' | 'continueRun' | 'stopRun' | 'deleteRun'>;

/** Starting, steering and keeping runs. */
export function runHandlers(workshop: Workshop, preparation: Preparation): RunHandlers {
  return {
    startRun: ({ config }) => workshop.turn.take((signal) => start(workshop, preparation, config, signal)),
    resumeRun: ({ runId }) => workshop.turn.take((signal) => resume(workshop, preparation, runId, signal)),
    pauseRun: async () => done(workshop.active?.pause()),
    continueRun: async () => done(workshop.active?.resume()),
    async stopRun() {
      workshop.turn.giveUp();
      return done(workshop.active?.stop());
    },
    async deleteRun({ runId }) {
      if (workshop.active?.parts.id === runId) workshop.release();
      await (await workshop.runs()).remove(runId);
      return {};
    },
  };
}

const done = (_: unknown) => ({});

async function start(
  workshop: Workshop,
  preparation: Preparation,
  config: unknown,
  signal: AbortSignal,
): Promise<RunDetail> {
  const runId = newRunId();
  const checked = withSeed(parseRunConfig(config));
  const { opened, problem } = preparation.fitTo(checked);
  if (problem) throw problem;
  const tables = workshop.tablesFor(checked);
  const origin = await train(
    workshop,
    preparation,
    { id: runId, config: checked, opened, tables, resume: false },
    signal,
  );
  return startedRun(runId, checked, origin);
}

async function resume(
  workshop: Workshop,
  preparation: Preparation,
  runId: string,
  signal: AbortSignal,
): Promise<RunDetail> {
  const folder = runFolder(await workshop.runs(), runId);
  const origin = await readOrigin(folder);
  const opened = await modelOf(workshop, origin);
  const before = await detail(await workshop.runs(), runId, null);
  const tables = await readRunTables(folder, origin, before.config);
  const { config } = before;
  await train(workshop, preparation, { id: runId, config, opened, tables, resume: true }, signal);
  return { ...before, phase: 'loading' };
}

interface Run {
  readonly id: string;
  readonly config: RunConfig;
  readonly opened: OpenedModel;
  readonly tables: RunTables;
  readonly resume: boolean;
}

/** @throws `signal.reason` where the start was given up before the run began */
async function train(workshop: Workshop, { planner }: Preparation, run: Run, signal: AbortSignal): Promise<RunOrigin> {
  const { id, config, opened, tables, resume } = run;
  const folder = runFolder(await workshop.runs(), id);
  const data = await dataOf(workshop, run, (done, total) => {
    signal.throwIfAborted();
    workshop.emit('starting', { done, total });
  });
  const executor = await workshop.executors.executor(config.environment.executor);
  const profile = await workshop.executors.profile(config.environment.executor);
  signal.throwIfAborted();
  // The device holds one run; the one before it is on disk.
  workshop.release();
  const metrics = new MetricsStream(id, workshop.emit);
  const onEvent = (event: TrainingEvent): void => {
    if (event.kind === 'step') metrics.add(event.metrics, event.progress);
    if (event.kind === 'answers') {
      const { kind: _, ...answers } = event;
      workshop.emit('answers', { runId: id, ...answers });
    }
    if (event.kind === 'evaluation' && event.scores)
      workshop.emit('scores', { runId: id, step: event.step, scores: event.scores });
    if (event.kind === 'quantised') workshop.emit('quantised', { runId: id, error: event.error });
    if (event.kind !== 'phase' || !active.enter(event.phase)) return;
    metrics.flush();
    const { phase, detail } = event;
    workshop.emit('phase', { runId: id, phase, ...(detail ? { detail } : {}) });
  };
  const { open } = opened;
  const adapter = resume ? undefined : adapterOf(workshop, config);
  const given = { executor, open, config, adapter, run: folder, resume, profile, planner, onEvent };
  const training = createTraining({ ...given, ...data });
  const served = reopened(opened, training.model.open);
  const active = new ActiveRun({ id, evaluation: null, folder, config, opened: served, model: training.model });
  const origin = originOf(opened, tables, training.totalSteps);
  if (!resume) {
    await saveOrigin(folder, origin);
    await saveRunTables(folder, tables);
  }
  workshop.active = active;
  active.train(training, metrics, workshop.emit);
  if (signal.aborted) active.stop();
  return origin;
}

/** What a run learns from, read now, with its rows encoded. What `onProgress` throws ends it. */
async function dataOf({ judgeKey }: Workshop, { opened, tables, config }: Run, onProgress: OnEncoded) {
  const material = await readMaterial(opened, tables, onProgress);
  const encoded = await encodeAhead({ ...material, config, open: opened.open }, tokeniseWorker, onProgress);
  const judge = judgeFor(config.prediction, judgeKey, (input, init) => fetch(input, init));
  return { ...material, encoded, makeAnswering: makeAnsweringWith(judge) };
}

/** The adapter that the run goes on from. @throws AppError 'adapter-invalid' where it is not open */
function adapterOf({ adapter }: Workshop, { tuning }: RunConfig): OpenAdapter | undefined {
  if (tuning.init_from === '') return undefined;
  if (adapter?.name === tuning.init_from) return adapter.adapter;
  throw new AppError('adapter-invalid', { reason: because`open ${tuning.init_from} first, beside the model` });
}
