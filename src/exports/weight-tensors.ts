/** Weights on their way into a file, in the data types and under the names of the base. */
import { bytesToF32, f32ToBytes } from '../files/half.ts';
import { safetensorsFloat } from '../files/safetensors-header.ts';
import { streamSafetensors, type TensorToStream } from '../files/safetensors-write.ts';
import type { Bytes } from '../files/source.ts';
import { embedderOf, writerOf } from '../models/heads.ts';
import { constantsOf, type ParameterInfo } from '../models/model.ts';
import { buffersOf } from '../models/opened-for.ts';
import { otherParts } from '../models/wrapper.ts';
import type { ReadValues } from '../tuning/method.ts';
import { runningBuffer } from '../tuning/tuning.ts';
import type { Base, StreamedFile } from './target.ts';

export const publishedFloats = ({ weights, tensorOf }: Base, name: string) => weights.readFloats(tensorOf(name));

/** What is read at a time, in values. */
const pieceValues = 1 << 22;

/**
 * Memory for the values of one tensor after another: new arrays of that size cost more in garbage than what is done to
 * their values.
 */
export class ReusedMemory {
  private values = new Float32Array(0);

  /** For so many values; what was there is given up. */
  of(count: number): Float32Array<ArrayBuffer> {
    if (this.values.length < count) this.values = new Float32Array(count);
    return this.values.subarray(0, count);
  }
}

/** A published tensor in pieces of whole rows, each in the same memory as the one before. */
export async function* publishedRows(base: Base, name: string, width: number): AsyncGenerator<Float32Array> {
  // An even number of rows is a whole number of words.
  const rows = 2 * Math.max(1, Math.floor(pieceValues / (2 * width)));
  const values = base.weights.tensors.get(base.tensorOf(name))!.shape.reduce((product, size) => product * size, 1);
  const memory = new Float32Array(Math.min(rows * width, values));
  for await (const { bytes, dtype } of pieces(base, name, rows * width)) yield bytesToF32(bytes, dtype, memory);
}

/** `publishedFloats`, in memory of which as much is there as the tensor has values. */
export async function publishedInto(base: Base, name: string, memory: Float32Array<ArrayBuffer>): Promise<void> {
  let at = 0;
  for await (const { bytes, dtype } of pieces(base, name, pieceValues))
    at += bytesToF32(bytes, dtype, memory.subarray(at)).length;
}

async function* pieces({ weights, tensorOf }: Base, name: string, count: number) {
  const tensor = tensorOf(name);
  const dtype = safetensorsFloat(tensor, weights.tensors.get(tensor)!.dtype);
  const size = count * (dtype === 'F32' ? 4 : 2);
  for await (const bytes of weights.streamTensor(tensor, size)) yield { bytes, dtype };
}

/** The running statistics of batch norms. Their counters, which nobody reads, are left out: PyTorch starts them at 0. */
export const runningTensors = (base: Base, read: ReadValues): TensorToStream[] =>
  buffersOf(base.model).map((buffer) => weightTensor(base, buffer, () => read(runningBuffer(buffer.name))));

/** What lies in files beside the parameters and is never trained. */
export const constantTensors = (base: Base): TensorToStream[] =>
  constantsOf(base.model).map((info) => weightTensor(base, info, undefined));

/**
 * Tensors that are published beside those of a model: of one for several kinds of input the other parts, and of an encoder
 * whose class has a pooler that nothing reads here, that pooler under the bare model's name.
 */
export function otherTensors({ model, weights }: Base): TensorToStream[] {
  const pooler = /^(\w+\.)?(?=pooler\.)/;
  const names = embedderOf(model)
    ? [...weights.tensors.keys()].filter((name) => pooler.test(name))
    : otherParts(model, weights.tensors.keys());
  return names.flatMap((name) => {
    const { dtype, shape } = weights.tensors.get(name)!;
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') return [];
    return [{ name: name.replace(pooler, ''), dtype, shape, data: () => weights.readTensor(name) }];
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

/** `weightTensor`, in the pieces that the base holds it in. */
export function weightTensors(
  base: Base,
  info: ParameterInfo,
  changed: (() => Promise<Float32Array>) | undefined,
): TensorToStream[] {
  const { weights, tensorOf } = base;
  const names = weights.pieces?.get(tensorOf(info.name));
  const whole = weightTensor(base, info, changed);
  if (!names) return [whole];
  // The pieces are asked for one after the other; the last one lets the whole go.
  const readWhole = whole.data as () => Promise<Bytes>;
  let read: Promise<Bytes> | undefined;
  return names.map((name, piece) => {
    const { shape, byteLength } = weights.tensors.get(name)!;
    const cut = async () => {
      read ??= readWhole();
      const bytes = await read;
      if (piece === names.length - 1) read = undefined;
      return bytes.slice(piece * byteLength, (piece + 1) * byteLength);
    };
    return { name, dtype: whole.dtype, shape, data: changed ? cut : () => weights.readTensor(name) };
  });
}

/**
 * A tensor in the base's data type: as published, or with other values. Models that do not write have the names of
 * transformers' own files throughout: those of a bare model's file and a head beside them would not be found together.
 */
export function weightTensor(
  base: Base,
  { name, shape, publishedNames: [first = name] = [] }: Pick<ParameterInfo, 'name' | 'shape'> & Partial<ParameterInfo>,
  changed: (() => Promise<Float32Array>) | undefined,
): TensorToStream {
  const { weights, tensorOf, model, fresh } = base;
  // What the published weights lack gets the type of its first tensor.
  const tensor = tensorOf(fresh.has(name) ? model.parameters.find((info) => !fresh.has(info.name))!.name : name);
  const dtype = safetensorsFloat(tensor, weights.tensors.get(tensor)!.dtype);
  const data = changed ? async () => f32ToBytes(await changed(), dtype) : () => weights.readTensor(tensor);
  return { name: writerOf(model) ? tensor : first, dtype, shape, data };
}
