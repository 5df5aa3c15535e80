import { AppError, because, type Reason } from '../../errors.ts';
import type { CheckpointTensor, LoadedCheckpoint } from '../../files/checkpoint-file.ts';
import type { Directory } from '../../files/directory.ts';
import { loadCheckpoint, type SaveOptions, saveCheckpoint } from '../../files/runs.ts';
import type { Model } from '../../models/model.ts';
import { buffersOf } from '../../models/opened-for.ts';
import type { Session } from '../../plan/executor.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { runningBuffer, type Tuning, trainableParameters } from '../../tuning/tuning.ts';
import { type OptimizerSettings, optimizerStates } from '../programs/optimizers.ts';
import type { Position } from './loop-context.ts';

/**
 * What a run needs beside its tensors to go on bit for bit. Order of rows, dropout and learning rate are pure functions
 * of the seed and the step, so there is no generator to save.
 */
export interface TrainingState extends Position {
  readonly seed: number;
  /** Of the training rows: `PreparedData.fingerprint`. */
  readonly fingerprint: string;
}

/** A persistent buffer that a checkpoint holds. */
export interface SavedBuffer {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Every buffer of a checkpoint: of what is trained, with the optimizer's states, and what the adapter drew once. */
export function savedBuffers(model: Model, tuning: Tuning, optimizer: OptimizerSettings): SavedBuffer[] {
  const trained = trainableParameters(model, tuning).flatMap((parameter) => [
    parameter,
    ...optimizerStates(optimizer, parameter),
  ]);
  return [...trained, ...untrained(model, tuning)];
}

/** What belongs to the result and the optimizer does not move: what the adapter drew once, and running statistics. */
const untrained = (model: Model, { adapterParameters }: Tuning): SavedBuffer[] => [
  ...adapterParameters.filter(({ frozen }) => frozen),
  ...buffersOf(model).map(({ name, shape }) => ({ name: runningBuffer(name), shape })),
];

/** The buffers of a checkpoint that nobody goes on training from: what is trained, and what the adapter drew once. */
export const weightBuffers = (model: Model, tuning: Tuning): SavedBuffer[] => [
  ...trainableParameters(model, tuning),
  ...untrained(model, tuning),
];

/**
 * Saves trained weights and optimizer states, read from the session tensor by tensor, and the state. Whole or not at
 * all; no step may be enqueued meanwhile.
 * @throws AppError 'storage-full', 'device-lost'
 */
export async function saveTraining(
  run: Directory,
  session: Session,
  buffers: readonly SavedBuffer[],
  state: TrainingState,
  options?: SaveOptions,
): Promise<void> {
  const tensors = buffers.map(
    ({ name, shape }): CheckpointTensor => ({ name, shape, data: () => readFloats(session, name) }),
  );
  await saveCheckpoint(run, state.step, tensors, state, options);
}

/** A persistent f32 buffer as values that own their memory. */
export async function readFloats(session: Session, name: string): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array((await session.read(name)).slice().buffer);
}

/**
 * The newest checkpoint of a run, or undefined where it has none.
 * @throws AppError 'checkpoint-invalid' when it belongs to other data, another seed, other trained parameters or
 * another optimizer
 */
export async function findTraining(
  run: Directory,
  buffers: readonly SavedBuffer[],
  expected: Pick<TrainingState, 'seed'> & Pick<PreparedData, 'isFingerprint'>,
): Promise<{ state: TrainingState; checkpoint: LoadedCheckpoint } | undefined> {
  const checkpoint = await loadCheckpoint(run);
  if (!checkpoint) return undefined;
  const state = checkpoint.state as TrainingState;
  const invalid = (reason: Reason) => new AppError('checkpoint-invalid', { reason });
  if (!expected.isFingerprint(state.fingerprint))
    throw invalid(because`it was made with other training rows or templates`);
  if (state.seed !== expected.seed) throw invalid(because`it was made with seed ${state.seed}`);
  for (const { name, shape } of buffers) {
    const found = checkpoint.weights.tensors.get(name);
    if (!found || String(found.shape) !== String(shape)) throw invalid(because`it has no ${name} of shape [${shape}]`);
  }
  return { state, checkpoint };
}

/** Writes a checkpoint's tensors over the session's; its programs must be defined and loaded. */
export async function restoreTraining(
  session: Session,
  buffers: readonly SavedBuffer[],
  { weights }: LoadedCheckpoint,
): Promise<void> {
  for (const { name } of buffers) session.write(name, await weights.readTensor(name));
}
