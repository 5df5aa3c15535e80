import { AppError } from '../errors.ts';
import type { LoraAdapter } from '../files/peft.ts';
import type { LoadedCheckpoint } from '../files/runs.ts';
import type { CausalModel } from '../models/model.ts';
import type { RunConfig } from '../training/run-config.ts';
import { loraAName, loraBName } from '../tuning/lora.ts';
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
  const modules = [];
  for (const [path, { rank, alpha, inFeatures, outFeatures }] of tuning.lora?.modules ?? []) {
    const [a, b] = [await read(loraAName(path)), await read(loraBName(path))];
    modules.push({ path, rank, alpha, inFeatures, outFeatures, a, b });
  }
  const saved = [];
  for (const { name, shape } of model.parameters) {
    if (tuning.trained.has(name)) saved.push({ name, shape, data: await read(name) });
  }
  return {
    modules,
    saved,
    baseModel: null,
    revision: null,
    taskType: 'CAUSAL_LM',
    dropout: config.tuning.lora_dropout,
    useRslora: config.tuning.use_rslora,
    useDora: false,
    fanInFanOut: false,
  };
}
