import { AppError } from '../errors.ts';
import { bytesToF32 } from './half.ts';
import { safetensorsFloat } from './safetensors-header.ts';
import { type Bytes, type ModelFiles, readPieces } from './source.ts';
import { rowByRow, spanOf } from './strides.ts';
import type { CodedTensor, TensorInfo, WeightsHeader } from './tensor-info.ts';

/** Tensors of a model or an adapter, single or sharded. Only headers are in memory; tensors are read when asked for. */
export interface Weights extends WeightsHeader {
  /** Raw little-endian bytes as published. @throws AppError `tensor-missing`, `dtype-unsupported`. */
  readTensor(name: string): Promise<Bytes>;
  /** The same in pieces of `chunkBytes` (rounded down to whole 4-byte words; the last may be shorter). */
  streamTensor(name: string, chunkBytes: number): AsyncIterable<Bytes>;
  /** Values widened to f32, row-major. */
  readFloats(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** Matrices that are published as codes with scales, by name; what else reads them gets their values. */
  readonly coded?: ReadonlyMap<string, CodedTensor>;
  /** Stacks of matrices that files hold one by one, by name: see `joinedWeights`. */
  readonly pieces?: ReadonlyMap<string, readonly string[]>;
}

export function weightsOf(files: ModelFiles, { tensors, metadata }: WeightsHeader): Weights {
  const find = (name: string) => {
    const info = tensors.get(name);
    if (!info) throw new AppError('tensor-missing', { tensor: name });
    return { ...info, dtype: safetensorsFloat(name, info.dtype) };
  };
  const readTensor = async (name: string): Promise<Bytes> => {
    const info = find(name);
    const { file, begin } = info;
    const stored = info.strides ? spanOf(info.shape, info.strides) * valueBytes(info) : info.byteLength;
    const bytes = await files.read(file, begin, begin + stored);
    if (bytes.length === stored) return info.strides ? rowByRow(bytes, info.shape, info.strides) : bytes;
    throw new AppError('safetensors-truncated', { file, needed: begin + stored, actual: begin + bytes.length });
  };
  return {
    tensors,
    metadata,
    readTensor,
    streamTensor(name, chunkBytes) {
      const { file, begin, byteLength, strides } = find(name);
      return strides
        ? cut(readTensor(name), chunkBytes)
        : readPieces(files, file, begin, begin + byteLength, wholeWords(chunkBytes));
    },
    readFloats: async (name) => bytesToF32(await readTensor(name), find(name).dtype),
  };
}

const valueBytes = ({ dtype }: TensorInfo): number => (dtype === 'F32' ? 4 : 2);

/** Bytes of a piece of `streamTensor`. */
export const wholeWords = (chunkBytes: number): number => Math.max(4, chunkBytes - (chunkBytes % 4));

/** A tensor that is read whole, in pieces of `streamTensor`. */
export async function* cut(whole: Promise<Bytes>, chunkBytes: number): AsyncGenerator<Bytes> {
  const bytes = await whole;
  const pieceBytes = wholeWords(chunkBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes);
}
