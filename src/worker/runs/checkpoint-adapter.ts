import { AppError, because } from '../../errors.ts';
import type { LoadedCheckpoint } from '../../files/checkpoint-file.ts';
import type { Model } from '../../models/model.ts';
import { weightBuffers } from '../../training/run/checkpoint.ts';
import type { AdapterValues } from '../../training/session/adapter-tuning.ts';
import type { Tuning } from '../../tuning/tuning.ts';

/**
 * The trained weights of a checkpoint, what its adapter drew once, and running statistics, in the form that a model session starts from.
 * @throws AppError 'checkpoint-invalid' where one of them is missing
 */
export async function checkpointAdapter(
  model: Model,
  tuning: Tuning,
  { weights }: LoadedCheckpoint,
): Promise<AdapterValues> {
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { name } of weightBuffers(model, tuning)) {
    if (!weights.tensors.has(name))
      throw new AppError('checkpoint-invalid', { reason: because`it has no tensor ${name}` });
    values.set(name, new Float32Array((await weights.readTensor(name)).slice().buffer));
  }
  return values;
}
