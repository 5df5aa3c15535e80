import { AppError } from '../errors.ts';
import type { LoraAdapter } from '../files/peft.ts';
import type { LoadedCheckpoint } from '../files/runs.ts';
import type { CausalModel } from '../models/model.ts';
import { collectLora } from '../training/export.ts';
import type { RunConfig } from '../training/run-config.ts';
import type { Tuning } from '../tuning/tuning.ts';

/**
 * The trained weights of a checkpoint in the form that a model session starts from: LoRA pairs, and parameters of the
 * base that were trained whole.
 * @throws AppError 'checkpoint-invalid' where one of them is missing
 */
export async function checkpointAdapter(
  model: CausalModel,
  tuning: Tuning,
  config: RunConfig,
  { weights }: LoadedCheckpoint,
): Promise<LoraAdapter> {
  const read = async (name: string): Promise<Float32Array<ArrayBuffer>> => {
    if (!weights.tensors.has(name)) throw new AppError('checkpoint-invalid', { reason: `it has no tensor ${name}` });
    return new Float32Array((await weights.readTensor(name)).slice().buffer);
  };
  return collectLora(model, tuning, config, null, read);
}
