import { AppError } from '../errors.ts';
import { bytesToF32 } from './half.ts';
import {
  floatDtype,
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  type TensorInfo,
} from './safetensors-header.ts';
import { type Bytes, type ModelFiles, readPieces } from './source.ts';

export type { TensorInfo } from './safetensors-header.ts';

/** All tensors of a checkpoint, single or sharded. Only headers are in memory; tensors are read when asked for. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Raw little-endian bytes as published. @throws AppError `tensor-missing`, `dtype-unsupported`. */
  readTensor(name: string): Promise<Bytes>;
  /** The same in pieces of `chunkBytes` (rounded down to whole 4-byte words; the last may be shorter). */
  streamTensor(name: string, chunkBytes: number): AsyncIterable<Bytes>;
  /** Values widened to f32, row-major. */
  readFloats(name: string): Promise<Float32Array<ArrayBuffer>>;
}

const indexName = 'model.safetensors.index.json';
const shardName = /^(.*)-(\d+)-of-(\d+)\.safetensors$/;

/** Reads the header of one file. @throws AppError `safetensors-invalid`, `safetensors-truncated`, `file-missing`. */
export async function readHeader(files: ModelFiles, path: string): Promise<SafetensorsHeader> {
  const size = await files.size(path);
  const length = headerLength(await files.read(path, 0, Math.min(9, size)), size, path);
  return parseHeader(await files.read(path, 8, 8 + length), size, path);
}

/**
 * Opens the weights of a model: `model.safetensors`, or the shards that `model.safetensors.index.json` names, or (files
 * dropped without their index) a whole set of `name-00001-of-0000N.safetensors`, or the one safetensors file there is.
 * @throws AppError `file-missing`, `safetensors-invalid`, `safetensors-truncated`; `tensor-missing` when the index
 * names a tensor that its shard lacks.
 */
export async function openCheckpoint(files: ModelFiles): Promise<Checkpoint> {
  if (await files.has('model.safetensors')) return openSafetensors(files, 'model.safetensors');
  if (await files.has(indexName)) return openIndexed(files);
  const paths = (await files.list()).map((entry) => entry.path);
  const candidates = paths.filter((path) => /^[^/]+\.safetensors$/.test(path) && !path.startsWith('adapter'));
  const shard = candidates.map((path) => shardName.exec(path)).find((match) => match !== null);
  if (shard) return openShards(files, shard[1]!, Number(shard[3]), shard[2]!.length);
  if (candidates.length === 1) return openSafetensors(files, candidates[0]!);
  throw new AppError('file-missing', { file: 'model.safetensors' });
}

/** Opens one safetensors file by name. Throws as `readHeader`. */
export async function openSafetensors(files: ModelFiles, path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readHeader(files, path);
  return checkpointOf(files, tensors, metadata);
}

async function openIndexed(files: ModelFiles): Promise<Checkpoint> {
  const invalid = (reason: string) => new AppError('safetensors-invalid', { file: indexName, reason });
  let index: { weight_map?: unknown } | null;
  try {
    index = JSON.parse(await files.text(indexName));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw invalid('it is not JSON');
  }
  const map = index?.weight_map;
  if (typeof map !== 'object' || map === null) throw invalid('it has no weight_map');
  const tensors = new Map<string, TensorInfo>();
  const headers = new Map<string, SafetensorsHeader>();
  for (const [name, file] of Object.entries(map as Record<string, unknown>)) {
    if (typeof file !== 'string') throw invalid(`tensor ${name} names no file`);
    let header = headers.get(file);
    if (!header) {
      header = await readHeader(files, file);
      headers.set(file, header);
    }
    const info = header.tensors.get(name);
    if (!info) throw new AppError('tensor-missing', { tensor: name });
    tensors.set(name, info);
  }
  return checkpointOf(files, tensors, [...headers.values()][0]?.metadata ?? {});
}

async function openShards(files: ModelFiles, stem: string, count: number, digits: number): Promise<Checkpoint> {
  const number = (value: number) => String(value).padStart(digits, '0');
  const tensors = new Map<string, TensorInfo>();
  let metadata: Readonly<Record<string, string>> = {};
  for (let shard = 1; shard <= count; shard++) {
    const path = `${stem}-${number(shard)}-of-${number(count)}.safetensors`;
    const header = await readHeader(files, path);
    metadata = header.metadata;
    for (const [name, info] of header.tensors) {
      const before = tensors.get(name);
      if (before) {
        throw new AppError('safetensors-invalid', { file: path, reason: `${before.file} also holds tensor ${name}` });
      }
      tensors.set(name, info);
    }
  }
  return checkpointOf(files, tensors, metadata);
}

function checkpointOf(
  files: ModelFiles,
  tensors: ReadonlyMap<string, TensorInfo>,
  metadata: Readonly<Record<string, string>>,
): Checkpoint {
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
