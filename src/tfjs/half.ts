import type { QuantisedDType } from '../graph/quantisation.ts';
import { type DType, elementCount } from '../graph/types.ts';

/**
 * Published 16-bit weights as f32 and back. TensorFlow.js knows f32 and i32 only, so weights are widened when they
 * come and narrowed when they are read; both ways lose nothing, for what is stored in 16 bits is never trained.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function widen(half: number, dtype: 'bf16' | 'f16'): number {
  if (dtype === 'bf16') {
    bits[0] = half << 16;
    return float[0]!;
  }
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Exact for every value that `widen` gives. */
function narrow(value: number, dtype: 'bf16' | 'f16'): number {
  float[0] = value;
  const u = bits[0]!;
  if (dtype === 'bf16') return u >>> 16;
  const sign = (u >>> 16) & 0x8000;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  // Below 2^-14 a half counts whole multiples of 2^-24.
  return magnitude < 2 ** -14 ? sign | (magnitude * 2 ** 24) : sign | (((u & 0x7fffffff) - 0x38000000) >>> 13);
}

/** Types whose elements lie one after the other. */
export type PlainDType = Exclude<DType, QuantisedDType>;

/** One element as it lies in a published file or a buffer. */
export type Elements = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/**
 * Little-endian bytes of a dtype as elements TensorFlow.js takes, words as bytes (`Parameter`); always a copy, whatever the
 * bytes' alignment.
 */
export function fromBytes(bytes: Uint8Array, dtype: PlainDType): Elements {
  const copy = bytes.slice();
  const words = copy.length >>> 2;
  if (dtype === 'f32') return new Float32Array(copy.buffer, 0, words);
  if (dtype === 'u32') return Int32Array.from(copy);
  if (dtype === 'i32') return new Int32Array(copy.buffer, 0, words);
  const halves = new Uint16Array(copy.buffer, 0, copy.length >>> 1);
  const values = new Float32Array(halves.length);
  for (let i = 0; i < values.length; i++) values[i] = widen(halves[i]!, dtype);
  return values;
}

/** The bytes of a whole tensor, packed and padded to whole words as every executor gives them. */
export function toBytes(
  values: ArrayLike<number> & ArrayBufferView,
  { dtype, shape }: { readonly dtype: PlainDType; readonly shape: readonly number[] },
): Uint8Array {
  if (dtype === 'u32') return Uint8Array.from(values);
  if (dtype !== 'bf16' && dtype !== 'f16')
    return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength).slice();
  const count = elementCount(shape);
  const halves = new Uint16Array(count + (count % 2));
  for (let i = 0; i < count; i++) halves[i] = narrow(values[i]!, dtype);
  return new Uint8Array(halves.buffer);
}
