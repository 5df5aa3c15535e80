import { AppError, because, type Reason } from '../../errors.ts';
import type { CheckpointTensor, FaultInTensor, LoadedCheckpoint } from '../../files/checkpoint-file.ts';
import type { Directory } from '../../files/directory.ts';
import { bytesToF32 } from '../../files/half.ts';
import { loadCheckpoint, type SaveOptions, saveCheckpoint } from '../../files/runs.ts';
import type { Bytes } from '../../files/source.ts';
import type { Weights } from '../../files/weights.ts';
import type { Model } from '../../models/model.ts';
import { buffersOf } from '../../models/opened-for.ts';
import type { Session } from '../../plan/executor.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { runningBuffer, type Tuning, trainableParameters } from '../../tuning/tuning.ts';
import { type OptimizerSettings, optimizerStates, type StateValues } from '../programs/optimizers.ts';
import { faultInState, type TrainingState, trainingState } from './training-state.ts';

/** A persistent buffer that a checkpoint holds. */
export interface SavedBuffer {
  readonly name: string;
  readonly shape: readonly number[];
  /** Default: 'number'. */
  readonly values?: StateValues;
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
  ...buffersOf(model).map(({ name, shape }) => ({
    name: runningBuffer(name),
    shape,
    values: name.endsWith('running_var') ? ('not-negative' as const) : ('number' as const),
  })),
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
 * The newest sound checkpoint of a run, or undefined where it has none.
 * @throws AppError 'checkpoint-invalid' where none is sound, or it belongs to other data, another seed, other trained
 * parameters, another optimizer or a longer run
 */
export async function findTraining(
  run: Directory,
  buffers: readonly SavedBuffer[],
  expected: Pick<TrainingState, 'seed'> & Pick<PreparedData, 'isFingerprint'> & { readonly totalSteps: number },
): Promise<{ state: TrainingState; checkpoint: LoadedCheckpoint } | undefined> {
  const checkpoint = await loadCheckpoint(run, { faultInState, faultInTensor: faultsIn(buffers) });
  if (!checkpoint) return undefined;
  const state = trainingState(checkpoint.state)!;
  const invalid = (reason: Reason) => new AppError('checkpoint-invalid', { reason });
  if (!expected.isFingerprint(state.fingerprint))
    throw invalid(because`it was made with other training rows or templates`);
  if (state.seed !== expected.seed) throw invalid(because`it was made with seed ${state.seed}`);
  if (state.step > expected.totalSteps)
    throw invalid(
      because`it is at step ${state.step}, and with these settings the run ends at step ${expected.totalSteps}`,
    );
  for (const { name, shape } of buffers) {
    const found = checkpoint.weights.tensors.get(name);
    if (found?.dtype !== 'F32' || String(found.shape) !== String(shape))
      throw invalid(because`it has no ${name} of shape [${shape}]`);
  }
  return { state, checkpoint };
}

/**
 * Writes a checkpoint's tensors over the session's; its programs must be defined and loaded.
 * @throws AppError 'checkpoint-invalid' where a value is none that training comes to
 */
export async function restoreTraining(
  session: Session,
  buffers: readonly SavedBuffer[],
  { weights }: LoadedCheckpoint,
): Promise<void> {
  for (const buffer of buffers) session.write(buffer.name, await soundTensor(weights, buffer));
}

/** The bytes of a tensor. @throws AppError 'checkpoint-invalid' where a value is none that training comes to */
export async function soundTensor(weights: Weights, { name, values }: SavedBuffer): Promise<Bytes> {
  const bytes = await weights.readTensor(name);
  const reason = faultInValues(name, bytes, values);
  if (reason) throw new AppError('checkpoint-invalid', { reason });
  return bytes;
}

function faultsIn(buffers: readonly SavedBuffer[]): FaultInTensor {
  const kinds = new Map(buffers.map(({ name, values = 'number' }) => [name, values]));
  return (name, bytes) => (kinds.has(name) ? faultInValues(name, bytes, kinds.get(name)) : null);
}

/** A NaN says nothing of its cause once the loss has become one. */
function faultInValues(name: string, bytes: Bytes, values: StateValues = 'number'): Reason | null {
  if (values === 'codes') return null;
  const least = values === 'not-negative' ? 0 : Number.NEGATIVE_INFINITY;
  for (const value of bytesToF32(bytes, 'F32')) {
    if (!Number.isFinite(value)) return because`${name} holds a value that is no finite number`;
    if (value < least) return because`${name} holds ${value}, and it is never below 0`;
  }
  return null;
}
