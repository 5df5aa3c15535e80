import type { FloatDtype } from './half.ts';
import { dtypeBits } from './safetensors-header.ts';
import type { Bytes } from './source.ts';

export interface TensorToWrite {
  readonly name: string;
  readonly dtype: FloatDtype;
  readonly shape: readonly number[];
  /** Little-endian, row-major. A Float32Array serves F32 as it is. */
  readonly data: Float32Array<ArrayBuffer> | Bytes;
}

/**
 * A safetensors file as its parts in order (header, then each tensor's own bytes, not copied), ready for `new Blob(parts)`
 * or a zip. Laid out as the reference library does: widest data type first, then by name; header padded with spaces to 8
 * bytes, so that every tensor is aligned.
 */
export function safetensorsParts(tensors: readonly TensorToWrite[], metadata: Record<string, string> = {}): Bytes[] {
  const rank = [...dtypeBits.keys()];
  const inOrder = [...tensors].sort(
    (a, b) => rank.indexOf(b.dtype) - rank.indexOf(a.dtype) || (a.name < b.name ? -1 : 1),
  );
  // Built as text, not as an object: an object would move names that look like numbers to the front.
  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) {
    const sorted = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
    entries.push(`"__metadata__":${JSON.stringify(sorted)}`);
  }
  const data: Bytes[] = [];
  let offset = 0;
  for (const { name, dtype, shape, data: values } of inOrder) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const expected = (shape.reduce((product, length) => product * length, 1) * dtypeBits.get(dtype)!) / 8;
    if (bytes.length !== expected) {
      throw new RangeError(`${name}: ${bytes.length} bytes for [${shape}] ${dtype}, which needs ${expected}`);
    }
    const description = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(description)}`);
    data.push(bytes);
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return [header, ...data];
}

/** The same file as one array; for small ones, since it copies every tensor. */
export function writeSafetensors(tensors: readonly TensorToWrite[], metadata?: Record<string, string>): Bytes {
  return joinBytes(safetensorsParts(tensors, metadata));
}

export function joinBytes(parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
