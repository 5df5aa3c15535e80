import { AppError } from '../errors.ts';
import { bytesToF32, f32ToBytes } from '../files/half.ts';
import { safetensorsFloat } from '../files/safetensors-header.ts';
import { weightFiles } from '../files/safetensors-shards.ts';
import type { TensorToStream } from '../files/safetensors-write.ts';
import { tiedHeadModule } from '../models/model.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import { methods } from '../tuning/methods.ts';
import type { Tuning } from '../tuning/tuning.ts';
import type { Base, StreamedFile, Target } from './target.ts';
import { publishedFloats, runningTensors, weightTensor } from './weight-tensors.ts';
import { changedConfig } from './whole-config.ts';

export const merged: Target = {
  file: 'model.zip',
  holds: 'model',
  refuses: ({ method }) =>
    method === 'full' || methods[method]?.merges ? undefined : new AppError('cannot-merge', { method }),
  async write(run) {
    const { base, tuning } = await run.tuned();
    return wholeModel(base, tuning, await run.values());
  },
};

/** Files of the base that a whole model needs beside its weights, where it has them. */
const companions = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'tokenizer.model',
  'spiece.model',
  'chat_template.jinja',
];

/**
 * A whole model that transformers loads: every weight, changed ones rounded to the base's data types, and its files. An
 * adapter is folded into the published weights, one tensor at a time.
 * @param read gives trained and adapter parameters by name, and those that the published weights lack
 * @throws AppError 'cannot-merge' where the adapter is no change of weights
 */
export async function wholeModel(base: Base, tuning: Tuning, read: ReadValues): Promise<StreamedFile[]> {
  const { adapter } = tuning;
  const apart = headApart(base, tuning, read);
  if (adapter && !adapter.merged) throw new AppError('cannot-merge', { method: adapter.title });
  const copied: StreamedFile[] = [];
  for (const path of companions)
    if (await base.files.has(path)) copied.push({ path, parts: [await base.files.read(path)] });
  const tensors = base.model.parameters.map((info) => {
    const trained = tuning.trained.has(info.name) || base.fresh.has(info.name);
    const named = (tensor: TensorToStream) => (apart ? { ...tensor, name: info.name } : tensor);
    if (!adapter?.modules.has(info.module))
      return named(weightTensor(base, info, trained ? () => read(info.name) : undefined));
    const folded = weightTensor(base, info, async () => {
      const weight = trained ? await read(info.name) : await base.weights.readFloats(base.tensorOf(info.name));
      const start = residualWeight(base, adapter, info.name, weight);
      return (await adapter.merged!(info, start, read)) ?? start;
    });
    return named(folded);
  });
  const changed = await changedConfig(base, apart !== undefined);
  const files = changed ? [changed, ...copied.slice(1)] : copied;
  return [...files, ...weightFiles([...tensors, ...(apart ? [apart] : []), ...runningTensors(base, read)])];
}

/**
 * The head of a model where it was tied to the token embedding and no longer is: the adapter changes one of the two, or PEFT
 * saved one of the two.
 */
function headApart(base: Base, { adapter, tiedHead, trained }: Tuning, read: ReadValues): TensorToStream | undefined {
  const { model } = base;
  const info = model.parameters.find(({ name }) => name === model.headParameter)!;
  const module = tiedHeadModule(model);
  if (!module || !(tiedHead || adapter?.modules.has(module) || adapter?.modules.has(info.module))) return undefined;
  const name = `${module}.weight`;
  const head = async (): Promise<Float32Array> => {
    if (tiedHead === 'own') return read(name);
    return trained.has(info.name) && !tiedHead ? read(info.name) : publishedFloats(base, info.name);
  };
  const adapted = async (): Promise<Float32Array> => {
    const weight = await head();
    if (!adapter?.modules.has(module)) return weight;
    return (await adapter.merged!({ ...info, name, module, role: 'linear' }, weight, read)) ?? weight;
  };
  return { ...weightTensor(base, info, adapted), name };
}

/** The weight that an adapter was trained over, rounded as PEFT rounds it. */
function residualWeight(
  { weights, tensorOf }: Base,
  adapter: Adapter,
  name: string,
  weight: Float32Array,
): Float32Array {
  const residual = adapter.residuals?.get(name);
  if (!residual) return weight;
  const tensor = tensorOf(name);
  const dtype = safetensorsFloat(tensor, weights.tensors.get(tensor)!.dtype);
  return bytesToF32(f32ToBytes(residual(weight), dtype), dtype);
}
