import { AppError } from '../errors.ts';
import type { Directory } from '../files/directory.ts';
import { bestName, evaluationName, loadCheckpoint } from '../files/runs.ts';
import { makeAnsweringWith } from '../generation/answers.ts';
import { judgeFor } from '../generation/judge.ts';
import type { Model } from '../models/model.ts';
import { taskOf } from '../tasks/registry.ts';
import type { OpenAdapter } from '../training/adapter-tuning.ts';
import type { TrainingEvent } from '../training/events.ts';
import { openFor, openRun } from '../training/fit-run.ts';
import { createModelSession } from '../training/model-session.ts';
import { parseRunConfig, type RunConfig, withSeed } from '../training/run-config.ts';
import { encodeAhead } from '../training/tokenise.ts';
import { createTraining } from '../training/trainer.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { ActiveRun } from './active-run.ts';
import { checkpointAdapter } from './checkpoint-adapter.ts';
import { materialOf, readMaterial } from './material.ts';
import { MetricsStream } from './metrics-stream.ts';
import { loadModel } from './open-handlers.ts';
import type { ModelSource, RunDetail } from './protocol.ts';
import { splitResultId } from './result-id.ts';
import {
  detail,
  newRunId,
  type RunOrigin,
  readConfig,
  readOrigin,
  runFolder,
  saveOrigin,
  startedRun,
} from './run-store.ts';
import { type RunTables, readRunTables, saveRunTables } from './run-tables.ts';
import type { Handlers } from './serve.ts';
import { tokeniseWorker } from './tokenise.ts';
import { type OpenedModel, reopened, type Workshop } from './workshop.ts';

type RunHandlers = Pick<Handlers, 'startRun' | 'resumeRun' | 'pauseRun' | 'continueRun' | 'stopRun' | 'deleteRun'>;

/** Starting, steering and keeping runs. */
export function runHandlers(workshop: Workshop): RunHandlers {
  return {
    startRun: ({ config }) => workshop.turn.take(() => start(workshop, config)),
    resumeRun: ({ runId }) => workshop.turn.take(() => resume(workshop, runId)),
    pauseRun: async () => done(workshop.active?.pause()),
    continueRun: async () => done(workshop.active?.resume()),
    stopRun: async () => done(workshop.active?.stop()),
    async deleteRun({ runId }) {
      if (workshop.active?.parts.id === runId) workshop.release();
      await (await workshop.runs()).remove(runId);
      return {};
    },
  };
}

const done = (_: unknown) => ({});

async function start(workshop: Workshop, config: unknown): Promise<RunDetail> {
  const runId = newRunId();
  const checked = withSeed(parseRunConfig(config));
  const origin = await train(workshop, runId, checked, workshop.requireModel(), workshop.tablesFor(checked), false);
  return startedRun(runId, checked, origin);
}

async function resume(workshop: Workshop, runId: string): Promise<RunDetail> {
  const folder = runFolder(await workshop.runs(), runId);
  const origin = await readOrigin(folder);
  const opened = await modelOf(workshop, origin);
  const before = await detail(await workshop.runs(), runId, null);
  await train(workshop, runId, before.config, opened, await readRunTables(folder, origin, before.config), true);
  return { ...before, phase: 'loading' };
}

/**
 * The run, with its weights ready for chat and export.
 * @throws AppError 'run-going-on' where another one trains, and as opening its model does
 */
export async function activeRun(workshop: Workshop, id: string): Promise<ActiveRun> {
  const { active } = workshop;
  const { runId, evaluation } = splitResultId(id);
  if (active?.isOf(id) && active.phase !== 'failed') return active;
  workshop.turn.require();
  const folder = runFolder(await workshop.runs(), runId);
  const config = await readConfig(folder);
  const opened = await openedForRun(workshop, folder, config);
  const { open } = opened;
  const { tuning, values } = await resultOf(open.model, config, folder, evaluation);
  const executor = await workshop.executors.executor(config.environment.executor);
  workshop.release();
  const model = createModelSession({
    ...{ executor, open, tuning, values, weights: config.model.weights },
    seed: config.environment.seed,
  });
  workshop.active = new ActiveRun({ id: runId, evaluation, folder, config, opened, model });
  return workshop.active;
}

/**
 * What a run came to: the weights of one evaluation, or of its best where it keeps those, else the newest.
 * @throws AppError 'checkpoint-invalid' where it was not saved
 */
export async function resultOf(model: Model, config: RunConfig, folder: Directory, evaluation: number | null) {
  const best = config.training.save_checkpoint === 'best' ? await loadCheckpoint(folder, bestName) : undefined;
  const kept = evaluation === null ? undefined : await loadCheckpoint(folder, evaluationName(evaluation));
  const checkpoint = evaluation === null ? (best ?? (await loadCheckpoint(folder))) : kept;
  if (!checkpoint) throw new AppError('checkpoint-invalid', { reason: 'the run was not saved' });
  const tuning = resolveTuning(model, config.tuning, config.training.learning_rate);
  return { tuning, values: await checkpointAdapter(model, tuning, checkpoint) };
}

async function train(
  workshop: Workshop,
  id: string,
  config: RunConfig,
  opened: OpenedModel,
  tables: RunTables,
  resume: boolean,
): Promise<RunOrigin> {
  const folder = runFolder(await workshop.runs(), id);
  const executor = await workshop.executors.executor(config.environment.executor);
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
  const { memoryBudget } = workshop.executors;
  const adapter = resume ? undefined : adapterOf(workshop, config);
  const given = { executor, open, config, adapter, run: folder, resume, memoryBudget, onEvent };
  const training = createTraining({ ...given, ...(await dataOf(workshop, opened, tables, config)) });
  const served = reopened(opened, training.model.open);
  const active = new ActiveRun({ id, evaluation: null, folder, config, opened: served, model: training.model });
  const origin = originOf(opened, tables, training.totalSteps);
  if (!resume) {
    await saveOrigin(folder, origin);
    await saveRunTables(folder, tables);
  }
  workshop.active = active;
  active.train(training, metrics, workshop.emit);
  return origin;
}

/** What a run learns from, read now, with its rows encoded by other threads where that is asked for. */
async function dataOf(workshop: Workshop, opened: OpenedModel, tables: RunTables, config: RunConfig) {
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'reading', done, total });
  const material = await readMaterial(opened, tables, onProgress);
  const encoded = await encodeAhead({ ...material, config, open: opened.open }, tokeniseWorker);
  const judge = judgeFor(config.prediction, workshop.judgeKey, (input, init) => fetch(input, init));
  return { ...material, encoded, makeAnswering: makeAnsweringWith(judge) };
}

/** The adapter that the run goes on from. @throws AppError 'adapter-invalid' where it is not open */
function adapterOf({ adapter }: Workshop, { tuning }: RunConfig): OpenAdapter | undefined {
  if (tuning.init_from === '') return undefined;
  if (adapter?.name === tuning.init_from) return adapter.adapter;
  throw new AppError('adapter-invalid', { reason: `open ${tuning.init_from} first, beside the model` });
}

function originOf(
  { source, name, open }: OpenedModel,
  { table, validation }: RunTables,
  totalSteps: number,
): RunOrigin {
  const tables = { table: table.name, ...(validation ? { validation: validation.name } : {}) };
  return { source: keptSource(source, name), model: name, modelType: open.model.modelType, ...tables, totalSteps };
}

/** Tokens are not stored, and files of the visitor's disk cannot be. */
function keptSource(source: ModelSource, name: string): RunOrigin['source'] {
  if (source.kind === 'files') return { kind: 'local', name };
  if (source.kind === 'example') return source;
  const { token: _, ...rest } = source;
  return rest;
}

/** The model that a run has made, with the run's own classes where it learned some. @throws AppError as opening its model does */
export async function openedForRun(workshop: Workshop, folder: Directory, config: RunConfig): Promise<OpenedModel> {
  const origin = await readOrigin(folder);
  const opened = await modelOf(workshop, origin);
  const { modelTask } = taskOf(config);
  if (modelTask) return reopened(opened, openFor(opened.open, modelTask));
  const tables = await readRunTables(folder, origin, config);
  return reopened(opened, openRun(opened.open, config, materialOf(opened, tables)).open);
}

/** The model of a run: the open one where it is that, else opened again. @throws AppError 'run-model-missing' */
export async function modelOf(workshop: Workshop, { source, model }: RunOrigin): Promise<OpenedModel> {
  const { model: open } = workshop;
  if (open && JSON.stringify(keptSource(open.source, open.name)) === JSON.stringify(source)) return open;
  if (source.kind === 'local') throw new AppError('run-model-missing', { model });
  return loadModel(workshop, source);
}
