import { AppError, because } from '../../errors.ts';
import { makeAnsweringWith } from '../../generation/answers.ts';
import { judgeFor } from '../../generation/judge.ts';
import { parseRunConfig, type RunConfig, withSeed } from '../../training/config/run-config.ts';
import type { TrainingEvent } from '../../training/run/events.ts';
import { createTraining } from '../../training/run/trainer.ts';
import type { OpenAdapter } from '../../training/session/adapter-tuning.ts';
import { encodeAhead } from '../../training/session/tokenise.ts';
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
import { detail, newRunId, readOrigin, runFolder, saveOrigin, startedRun } from './run-store.ts';
import { readRunTables, saveRunTables } from './run-tables.ts';
import { tokeniseWorker } from './tokenise.ts';

type RunHandlers = Pick<Handlers, 'startRun' | 'resumeRun' | 'pauseRun' | 'continueRun' | 'stopRun' | 'deleteRun'>;

/** Starting, steering and keeping runs. */
export function runHandlers(workshop: Workshop, preparation: Preparation): RunHandlers {
  return {
    startRun: ({ config }) => workshop.turn.take((signal) => start(workshop, preparation, config, signal)),
    resumeRun: ({ runId }) => workshop.turn.take((signal) => resume(workshop, preparation, runId, signal), runId),
    pauseRun: async () => done(workshop.active?.pause()),
    continueRun: async () => done(workshop.active?.resume()),
    async stopRun() {
      workshop.turn.giveUp();
      return done(workshop.active?.stop());
    },
    async deleteRun({ runId }) {
      workshop.turn.giveUp(runId);
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
  const id = newRunId();
  const checked = withSeed(parseRunConfig(config));
  const adapter = adapterOf(workshop, checked);
  const { opened, problem } = preparation.fitTo(checked);
  if (problem) throw problem;
  const tables = workshop.tablesFor(checked);
  const run = { id, config: checked, opened, tables, adapter, resume: false };
  const begin = await prepare(workshop, preparation, run, signal);
  try {
    await saveOrigin(begin.folder, begin.origin);
    await saveRunTables(begin.folder, tables);
    signal.throwIfAborted();
  } catch (thrown) {
    begin.dispose();
    await begin.runs.remove(id);
    throw thrown;
  }
  begin.train();
  return startedRun(id, checked, begin.origin);
}

async function resume(
  workshop: Workshop,
  preparation: Preparation,
  id: string,
  signal: AbortSignal,
): Promise<RunDetail> {
  const folder = runFolder(await workshop.runs(), id);
  const origin = await readOrigin(folder);
  const opened = await modelOf(workshop, origin, signal);
  const before = await detail(await workshop.runs(), id, null);
  const { config } = before;
  const tables = await readRunTables(folder, origin, config);
  const begin = await prepare(workshop, preparation, { id, config, opened, tables, resume: true }, signal);
  begin.train();
  return { ...before, phase: 'loading' };
}

interface Run {
  readonly id: string;
  readonly config: RunConfig;
  readonly opened: OpenedModel;
  readonly tables: RunTables;
  readonly adapter?: OpenAdapter | undefined;
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
  const data = await dataOf(workshop, run, signal);
  const executor = await workshop.executors.executor(config.environment.executor);
  const profile = await workshop.executors.profile(config.environment.executor);
  signal.throwIfAborted();
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
  const given = { executor, open, config, adapter, run: folder, resume, profile, planner, onEvent };
  const training = createTraining({ ...given, ...data });
  const served = reopened(opened, training.model.open);
  const active = new ActiveRun({ id, evaluation: null, folder, config, opened: served, model: training.model });
  return {
    runs,
    folder,
    origin: originOf(opened, tables, training.totalSteps),
    dispose: () => training.dispose(),
    train() {
      // The device holds one run; the one before it is on disk.
      workshop.release();
      workshop.active = active;
      active.train(training, metrics, workshop.emit);
    },
  };
}

/** What a run learns from, read now, with its rows encoded. */
async function dataOf(workshop: Workshop, { opened, tables, config }: Run, signal: AbortSignal) {
  const onEncoded = (done: number, total: number) => {
    signal.throwIfAborted();
    workshop.emit('starting', { done, total });
  };
  const material = await readMaterial(opened, tables, onEncoded);
  const encoded = await encodeAhead({ ...material, config, open: opened.open }, tokeniseWorker, { onEncoded, signal });
  const judge = judgeFor(config.prediction, workshop.judgeKey, (input, init) => fetch(input, init));
  return { ...material, encoded, makeAnswering: makeAnsweringWith(judge) };
}

/** The adapter that the run goes on from. @throws AppError 'adapter-invalid' where it is not open */
function adapterOf({ adapter }: Workshop, { tuning }: RunConfig): OpenAdapter | undefined {
  if (tuning.init_from === '') return undefined;
  if (adapter?.name === tuning.init_from) return adapter.adapter;
  throw new AppError('adapter-invalid', { reason: because`open ${tuning.init_from} first, beside the model` });
}
