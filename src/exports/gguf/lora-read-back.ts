/** A GGUF LoRA file over its base, as llama.cpp adds the two up. */
import { openGguf } from '../../files/gguf-read.ts';
import { f32ToBytes } from '../../files/half.ts';
import type { ModelFiles } from '../../files/source.ts';
import type { TensorInfo } from '../../files/tensor-info.ts';
import { cut, type Weights } from '../../files/weights.ts';
import { featuresOf, type ParameterInfo } from '../../models/model.ts';
import { mergeProduct } from '../../tuning/merge.ts';
import type { Base, ReadBackModel } from '../target.ts';
import { publishedFloats } from '../weight-tensors.ts';
import { restored } from './arrangements.ts';
import { ggufModel } from './families.ts';
import { ggufNames } from './family.ts';

/** Nothing is rounded: both sides multiply the same matrices in f32, added up in another order. */
const limit = 1e-4;

/** The base with alpha / rank · B·A on each matrix that the file has the two of. @throws AppError 'gguf-invalid' */
export async function openLoraOver(files: ModelFiles, path: string, base: Base): Promise<ReadBackModel> {
  const file = await openGguf(files, path);
  const { model, family } = ggufModel(base.model);
  const alpha = Number(file.metadata.get('adapter.lora.alpha')?.value);
  const changed = new Map<string, readonly string[]>();
  for (const { name } of model.parameters) {
    const written = ggufNames(family, name);
    if (written.some((each) => file.tensors.has(`${each}.lora_a`))) changed.set(name, written);
  }
  const summed = async (info: ParameterInfo, written: readonly string[]): Promise<Float32Array<ArrayBuffer>> => {
    // Parts of a matrix that is cut have one A.
    const writtenA = await file.readFloats(`${written[0]}.lora_a`);
    const writtenB = joinFloats(await Promise.all(written.map((each) => file.readFloats(`${each}.lora_b`))));
    const rank = file.tensors.get(`${written[0]}.lora_a`)!.shape[0]!;
    const arrangement = family.arrangement?.(info, model);
    const sizes = { ...featuresOf(info), rank, scale: alpha / rank, transposed: info.transposed ?? false };
    const a = arrangement?.ofColumns ? restored(writtenA, arrangement) : writtenA;
    const b = arrangement && !arrangement.ofColumns ? restored(writtenB, arrangement) : writtenB;
    return new Float32Array(mergeProduct(await publishedFloats(base, info.name), b, a, sizes));
  };
  return {
    ...base,
    limit,
    weights: changedWeights(base, changed, summed),
    tensorOf: (parameter) => (changed.has(parameter) ? parameter : base.tensorOf(parameter)),
    dtypes: (parameter) => (changed.has(parameter) ? 'f32' : dtypeOf(base, parameter)),
  };
}

function joinFloats(parts: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const dtypeOf = ({ weights, tensorOf }: Base, parameter: string): 'f32' | 'f16' | 'bf16' =>
  weights.tensors.get(tensorOf(parameter))!.dtype.toLowerCase() as 'f32' | 'f16' | 'bf16';

function changedWeights(
  { model, weights }: Base,
  changed: ReadonlyMap<string, readonly string[]>,
  summed: (info: ParameterInfo, written: readonly string[]) => Promise<Float32Array<ArrayBuffer>>,
): Weights {
  const infos = new Map(model.parameters.map((info) => [info.name, info]));
  const tensors = new Map<string, TensorInfo>(weights.tensors);
  for (const name of changed.keys()) {
    const { shape } = infos.get(name)!;
    tensors.set(name, { dtype: 'F32', shape, byteLength: 4 * shape[0]! * shape[1]!, file: '', begin: 0 });
  }
  const readFloats: Weights['readFloats'] = async (name) =>
    changed.has(name) ? summed(infos.get(name)!, changed.get(name)!) : weights.readFloats(name);
  const readTensor: Weights['readTensor'] = async (name) =>
    changed.has(name) ? f32ToBytes(await readFloats(name), 'F32') : weights.readTensor(name);
  return {
    ...{ tensors, metadata: weights.metadata, readFloats, readTensor },
    streamTensor: (name, chunkBytes) =>
      changed.has(name) ? cut(readTensor(name), chunkBytes) : weights.streamTensor(name, chunkBytes),
  };
}
