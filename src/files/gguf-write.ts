import { AppError, because } from '../errors.ts';
import {
  aligned,
  type GgufMetadata,
  type GgufType,
  type GgufValue,
  ggufBytes,
  ggufTypes,
  magic,
  valueIds,
  version,
} from './gguf-types.ts';
import { f32ToBytes, type SafetensorsFloat } from './half.ts';
import { encodeQ4K, encodeQ6K } from './k-quants.ts';
import { encodeQ8 } from './q8-0.ts';
import type { Bytes } from './source.ts';

export interface GgufTensor {
  readonly name: string;
  /** Row-major, as elsewhere; the file has the sizes the other way round. */
  readonly shape: readonly number[];
  readonly type: GgufType;
  /** The values in pieces of whole rows, asked for when what comes before is in its bytes, and of no use afterwards. */
  values(): AsyncIterable<Float32Array>;
}

/**
 * A GGUF file as its parts in order. Of the tensors no more than a piece is in memory at a time.
 * @throws AppError 'gguf-overflow' for a value that the type cannot hold; RangeError where values do not fill a shape
 */
export async function* streamGguf(metadata: GgufMetadata, tensors: readonly GgufTensor[]): AsyncGenerator<Bytes> {
  yield headerBytes(metadata, tensors);
  for (const tensor of tensors) {
    const whole = ggufBytes(tensor.type, tensor.shape);
    let written = 0;
    for await (const piece of tensor.values()) {
      const bytes = encode(piece, tensor);
      written += bytes.length;
      yield bytes;
    }
    if (written !== whole) throw new RangeError(`${tensor.name}: ${written} bytes instead of ${whole}`);
    if (aligned(whole) > whole) yield new Uint8Array(aligned(whole) - whole);
  }
}

/** The largest magnitude that does not become infinite, of types without blocks. */
const largest: Readonly<Record<SafetensorsFloat, number>> = { F32: 3.4028235e38, BF16: 3.3961775e38, F16: 65519.99 };

type Encode = (values: Float32Array) => Bytes | undefined;

/** Undefined where a value has no place in a block, whose scale is an f16. */
const encoders: Readonly<Partial<Record<GgufType, Encode>>> = { Q8_0: encodeQ8, Q4_K: encodeQ4K, Q6_K: encodeQ6K };

function encode(values: Float32Array, { name, type }: GgufTensor): Bytes {
  const encoder = encoders[type];
  const limit = encoder ? Number.MAX_VALUE : largest[type as SafetensorsFloat];
  const blocks = encoder?.(values);
  if (blocks) return blocks;
  // `!(… <= …)` holds for what is no number, too.
  const stranger = values.find((value) => !(Math.abs(value) <= limit));
  if (encoder || stranger !== undefined) {
    const value = stranger ?? extreme(values);
    const reason = because`the value ${String(value)} of ${name} has no place in ${type}`;
    throw new AppError('gguf-overflow', { reason });
  }
  return f32ToBytes(values, type as SafetensorsFloat);
}

const extreme = (values: Float32Array): number =>
  values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);

function headerBytes(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Bytes {
  const out = new ByteWriter();
  out.ascii(magic);
  out.u32(version);
  out.u64(tensors.length);
  out.u64(metadata.size);
  for (const [key, value] of metadata) {
    out.string(key);
    out.value(value);
  }
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    out.string(name);
    out.u32(shape.length);
    for (const size of [...shape].reverse()) out.u64(size);
    out.u32(ggufTypes[type].id);
    out.u64(offset);
    offset += aligned(ggufBytes(type, shape));
  }
  return out.padded();
}

const utf8 = new TextEncoder();

/** Little-endian bytes that grow. */
class ByteWriter {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** Where so many more bytes begin; `bytes` and `view` are new ones where they did not fit. */
  private room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  ascii(text: string): void {
    const at = this.room(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }

  u32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value, true);
  }

  u64(value: number): void {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }

  /** There are as many as a vocabulary has tokens: each is encoded where it lies. */
  string(text: string): void {
    const at = this.room(8 + 3 * text.length);
    const { written } = utf8.encodeInto(text, this.bytes.subarray(at + 8));
    this.view.setUint32(at, written, true);
    this.view.setUint32(at + 4, 0, true);
    this.length = at + 8 + written;
  }

  value(value: GgufValue): void {
    switch (value.type) {
      case 'u8s':
      case 'i32s':
      case 'f32s':
      case 'strings':
        this.array(value);
        break;
      default:
        this.u32(valueIds[value.type]);
        this.plain(value.type, value.value);
    }
  }

  private array({ type, value }: GgufValue & { readonly value: readonly unknown[] }): void {
    const single = type.slice(0, -1) as 'u8' | 'i32' | 'f32' | 'string';
    this.u32(valueIds.array);
    this.u32(valueIds[single]);
    this.u64(value.length);
    for (const each of value) this.plain(single, each as number | string);
  }

  private plain(type: 'u8' | 'u32' | 'i32' | 'f32' | 'bool' | 'string', value: number | boolean | string): void {
    if (type === 'string') {
      this.string(value as string);
      return;
    }
    const at = this.room(type === 'bool' || type === 'u8' ? 1 : 4);
    if (type === 'bool' || type === 'u8') this.bytes[at] = Number(value);
    else if (type === 'f32') this.view.setFloat32(at, value as number, true);
    else this.view.setInt32(at, value as number, true);
  }

  padded(): Bytes {
    this.room(aligned(this.length) - this.length);
    return this.bytes.slice(0, this.length);
  }
}
