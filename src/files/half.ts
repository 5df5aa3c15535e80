/**
 * Half-width floats and f32, bit by bit: IEEE 754 binary16 ("F16") and bfloat16 ("BF16", the upper half of an f32).
 * Narrowing rounds to nearest, ties to even, as PyTorch does; NaN stays NaN, what is too large becomes infinite.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

export function bf16ToF32(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}

export function f32ToBf16(value: number): number {
  float[0] = value;
  const u = bits[0]!;
  // The rounding carry would turn a NaN with a low payload into infinity.
  if (Number.isNaN(value)) return (u >>> 16) | 0x40;
  return ((u + 0x7fff + ((u >>> 16) & 1)) >>> 16) & 0xffff;
}

export function f16ToF32(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

export function f32ToF16(value: number): number {
  float[0] = value;
  const u = bits[0]!;
  const sign = (u >>> 16) & 0x8000;
  const magnitude = u & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 = 0x477ff000 is the first value that rounds past 65504, the largest finite one.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // 0x38800000 = 2^-14, the smallest normal half: rebias the exponent and round the 13 dropped bits.
  if (magnitude >= 0x38800000) {
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  // Subnormal: a whole number of 2^-24, rounded; a carry gives the smallest normal, whose bits follow on.
  return sign | roundHalfEven(Math.abs(float[0]!) * 2 ** 24);
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest > 0.5) return down + 1;
  if (rest < 0.5) return down;
  return down % 2 === 0 ? down : down + 1;
}

/** The types of numbers that can be read and written, as safetensors calls them. */
export type SafetensorsFloat = 'F32' | 'F16' | 'BF16';

/**
 * Little-endian file bytes of one dtype as f32 values. Always a copy, wherever the bytes begin.
 * @param memory where the values may lie, which a new array takes time and garbage for
 */
export function bytesToF32(
  bytes: Uint8Array,
  dtype: SafetensorsFloat,
  memory?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const count = Math.floor(bytes.length / (dtype === 'F32' ? 4 : 2));
  const out = memory?.subarray(0, count) ?? new Float32Array(count);
  const { buffer, byteOffset: from } = from4(bytes);
  if (dtype === 'F32') {
    out.set(new Float32Array(buffer, from, count));
    return out;
  }
  const halves = new Uint16Array(buffer, from, count);
  if (dtype === 'BF16') {
    const words = new Uint32Array(out.buffer, out.byteOffset, count);
    // Two halves are read at once.
    const pairs = new Uint32Array(buffer, from, count >>> 1);
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]!;
      words[2 * i] = pair << 16;
      words[2 * i + 1] = pair & 0xffff0000;
    }
    if (count % 2 === 1) words[count - 1] = halves[count - 1]! << 16;
    return out;
  }
  for (let i = 0; i < count; i++) out[i] = f16ToF32(halves[i]!);
  return out;
}

/** The bytes where words can begin: copied where they do not. */
const from4 = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : bytes.slice());

/** f32 values as little-endian file bytes of one dtype; always a copy. */
export function f32ToBytes(values: Float32Array, dtype: SafetensorsFloat): Uint8Array<ArrayBuffer> {
  const copy = values.slice();
  if (dtype === 'F32') return new Uint8Array(copy.buffer);
  const words = new Uint32Array(copy.buffer);
  const out = new Uint16Array(words.length);
  if (dtype === 'BF16') {
    for (let i = 0; i < out.length; i++) {
      const u = words[i]!;
      // The rounding carry would turn a NaN with a low payload into infinity.
      out[i] = (u & 0x7fffffff) > 0x7f800000 ? (u >>> 16) | 0x40 : (u + 0x7fff + ((u >>> 16) & 1)) >>> 16;
    }
    return new Uint8Array(out.buffer);
  }
  for (let i = 0; i < out.length; i++) {
    const u = words[i]!;
    const magnitude = u & 0x7fffffff;
    // Ordinary numbers, as in `f32ToF16`; the others are few.
    out[i] =
      magnitude >= 0x38800000 && magnitude < 0x477ff000
        ? ((u >>> 16) & 0x8000) | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
        : f32ToF16(copy[i]!);
  }
  return new Uint8Array(out.buffer);
}
