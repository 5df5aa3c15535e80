import { AppError } from '../errors.ts';
import { bytesToF32 } from './half.ts';
import { floatDtype } from './safetensors-header.ts';
import { type Bytes, type ModelFiles, readPieces } from './source.ts';

export interface TensorInfo {
  /** In safetensors' names; only F32, F16 and BF16 can be read, see `floatDtype`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly file: string;
  /** Offset of the first byte, from the start of the file. The values lie there row-major and little-endian. */
  readonly begin: number;
}

/** What the head of one file of weights says. */
export interface CheckpointHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** All tensors of a checkpoint, single or sharded. Only headers are in memory; tensors are read when asked for. */
export interface Checkpoint extends CheckpointHeader {
  /** Raw little-endian bytes as published. @throws AppError `tensor-missing`, `dtype-unsupported`. */
  readTensor(name: string): Promise<Bytes>;
  /** The same in pieces of `chunkBytes` (rounded down to whole 4-byte words; the last may be shorter). */
  streamTensor(name: string, chunkBytes: number): AsyncIterable<Bytes>;
  /** Values widened to f32, row-major. */
  readFloats(name: string): Promise<Float32Array<ArrayBuffer>>;
}

export function checkpointOf(files: ModelFiles, { tensors, metadata }: CheckpointHeader): Checkpoint {
  const find = (name: string) => {
    const info = tensors.get(name);
    if (!info) throw new AppError('tensor-missing', { tensor: name });
    return { ...info, dtype: floatDtype(name, info.dtype) };
  };
  const readTensor = async (name: string): Promise<Bytes> => {
    const { file, begin, byteLength } = find(name);
    const bytes = await files.read(file, begin, begin + byteLength);
    if (bytes.length === byteLength) return bytes;
    throw new AppError('safetensors-truncated', { file, needed: begin + byteLength, actual: begin + bytes.length });
  };
  return {
    tensors,
    metadata,
    readTensor,
    streamTensor(name, chunkBytes) {
      const { file, begin, byteLength } = find(name);
      return readPieces(files, file, begin, begin + byteLength, Math.max(4, chunkBytes - (chunkBytes % 4)));
    },
    readFloats: async (name) => bytesToF32(await readTensor(name), find(name).dtype),
  };
}
