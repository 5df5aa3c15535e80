/** Weights on their way into a file, in the data types and under the names of the base. */
import { f32ToBytes } from '../files/half.ts';
import { safetensorsFloat } from '../files/safetensors-header.ts';
import { streamSafetensors, type TensorToStream } from '../files/safetensors-write.ts';
import { vocabularyHead } from '../models/heads.ts';
import type { ParameterInfo } from '../models/model.ts';
import { buffersOf } from '../models/opened-for.ts';
import { otherParts } from '../models/wrapper.ts';
import type { ReadValues } from '../tuning/method.ts';
import { runningBuffer } from '../tuning/tuning.ts';
import type { Base, StreamedFile } from './target.ts';

export const publishedFloats = ({ weights, tensorOf }: Base, name: string) => weights.readFloats(tensorOf(name));

/** The running statistics of batch norms. Their counters, which nobody reads, are left out: PyTorch starts them at 0. */
export const runningTensors = (base: Base, read: ReadValues): TensorToStream[] =>
  buffersOf(base.model).map((buffer) => weightTensor(base, buffer, () => read(runningBuffer(buffer.name))));

/** Of a model for several kinds of input, the tensors of the other parts, as published. */
export function otherTensors({ model, weights }: Base): TensorToStream[] {
  return otherParts(model, weights.tensors.keys()).flatMap((name) => {
    const { dtype, shape } = weights.tensors.get(name)!;
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') return [];
    return [{ name, dtype, shape, data: () => weights.readTensor(name) }];
  });
}

export const jsonFile = (path: string, value: unknown): StreamedFile => ({
  path,
  parts: [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)],
});

export const weightsFile = (tensors: readonly TensorToStream[]): StreamedFile => ({
  path: 'model.safetensors',
  parts: streamSafetensors(tensors, { format: 'pt' }),
});

/**
 * A tensor in the base's data type: as published, or with other values. Classifiers have transformers' names throughout:
 * those of a bare model's file and a head beside them would not be found together.
 */
export function weightTensor(
  base: Base,
  { name, shape }: Pick<ParameterInfo, 'name' | 'shape'>,
  changed: (() => Promise<Float32Array>) | undefined,
): TensorToStream {
  const { weights, tensorOf, model, fresh } = base;
  // What the published weights lack gets the type of its first tensor.
  const tensor = tensorOf(fresh.has(name) ? model.parameters.find((info) => !fresh.has(info.name))!.name : name);
  const dtype = safetensorsFloat(tensor, weights.tensors.get(tensor)!.dtype);
  const data = changed ? async () => f32ToBytes(await changed(), dtype) : () => weights.readTensor(tensor);
  return { name: vocabularyHead(model) === undefined ? name : tensor, dtype, shape, data };
}
