import type { SafetensorsFloat } from './half.ts';
import { dtypeBits } from './safetensors-header.ts';
import { type Bytes, joinBytes } from './source.ts';

type TensorData = Float32Array<ArrayBuffer> | Bytes;

interface TensorPlace {
  readonly name: string;
  readonly dtype: SafetensorsFloat | 'U8';
  readonly shape: readonly number[];
}

export interface TensorToWrite extends TensorPlace {
  /** Little-endian, row-major. A Float32Array serves F32 as it is. */
  readonly data: TensorData;
}

/** A tensor whose data is fetched when its turn comes, so that a large file never lies in memory whole. */
export interface TensorToStream extends TensorPlace {
  readonly data: TensorData | (() => TensorData | Promise<TensorData>);
}

/**
 * A safetensors file as its parts in order (header, then each tensor's own bytes, not copied), ready for `new Blob(parts)`
 * or a zip. Laid out as the reference library does: widest data type first, then by name; header padded with spaces to 8
 * bytes, so that every tensor is aligned.
 * @throws RangeError when data does not fill its shape.
 */
export function safetensorsParts(tensors: readonly TensorToWrite[], metadata: Record<string, string> = {}): Bytes[] {
  const inOrder = fileOrder(tensors);
  return [headerBytes(inOrder, metadata), ...inOrder.map((tensor) => tensorBytes(tensor, tensor.data))];
}

/** The same parts, each tensor asked for only when the ones before it are written. */
export async function* streamSafetensors(
  tensors: readonly TensorToStream[],
  metadata: Record<string, string> = {},
): AsyncGenerator<Bytes> {
  const inOrder = fileOrder(tensors);
  yield headerBytes(inOrder, metadata);
  for (const tensor of inOrder) {
    yield tensorBytes(tensor, typeof tensor.data === 'function' ? await tensor.data() : tensor.data);
  }
}

function fileOrder<T extends TensorPlace>(tensors: readonly T[]): T[] {
  const rank = [...dtypeBits.keys()];
  return [...tensors].sort((a, b) => rank.indexOf(b.dtype) - rank.indexOf(a.dtype) || (a.name < b.name ? -1 : 1));
}

/** Bytes that a tensor takes. */
export const byteLength = ({ shape, dtype }: TensorPlace) =>
  (shape.reduce((product, length) => product * length, 1) * dtypeBits.get(dtype)!) / 8;

function tensorBytes(tensor: TensorPlace, { buffer, byteOffset, byteLength: length }: TensorData): Bytes {
  if (length === byteLength(tensor)) return new Uint8Array(buffer, byteOffset, length);
  const { name, shape, dtype } = tensor;
  throw new RangeError(`${name}: ${length} bytes for [${shape}] ${dtype}, which needs ${byteLength(tensor)}`);
}

function headerBytes(inOrder: readonly TensorPlace[], metadata: Record<string, string>): Bytes {
  // Built as text, not as an object: an object would move names that look like numbers to the front.
  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) {
    const sorted = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
    entries.push(`"__metadata__":${JSON.stringify(sorted)}`);
  }
  let offset = 0;
  for (const tensor of inOrder) {
    const end = offset + byteLength(tensor);
    const description = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] };
    entries.push(`${JSON.stringify(tensor.name)}:${JSON.stringify(description)}`);
    offset = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return header;
}

/** The same file as one array; for small ones, since it copies every tensor. */
export function writeSafetensors(tensors: readonly TensorToWrite[], metadata?: Record<string, string>): Bytes {
  return joinBytes(safetensorsParts(tensors, metadata));
}
