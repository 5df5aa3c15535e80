/**
 * ggml's Q8_0: of each 32 values the scale d = max|x| / 127 as an f16, then x / d rounded, one signed byte each. As in
 * ggml's `quantize_row_q8_0_ref` the division is by d in f32, and halves are rounded away from zero.
 */
import { f16ToF32, f32ToF16 } from './half.ts';
import { type EncodeBlocks, wasmBlocks } from './q8-0-wasm.ts';

export const valuesInBlock = 32;
const blockBytes = 34;

/** Bits of the largest f32 whose 127th part is finite as an f16. */
const largestBits = new Int32Array(Float32Array.of(65519.99 * 127).buffer)[0]!;

const inVectors = wasmBlocks(largestBits);

/**
 * @param values as many as whole blocks hold
 * @returns undefined where a value is no number, or its scale is infinite
 */
export function encodeQ8(values: Float32Array): Uint8Array<ArrayBuffer> | undefined {
  const out = new Uint8Array((values.length / valuesInBlock) * blockBytes);
  const encode = inVectors() ?? oneByOne;
  return encode(values, out) ? out : undefined;
}

const oneByOne: EncodeBlocks = (values, out) => {
  const [scales, steps] = [new Uint16Array(out.buffer), new Int8Array(out.buffer)];
  // Sizes and signs as whole numbers: a branch on a sign is guessed wrong half the time.
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const size = new Float32Array(1);
  const sizeBits = new Int32Array(size.buffer);
  for (let from = 0, at = 0; from < values.length; from += valuesInBlock, at += blockBytes) {
    let largest = 0;
    for (let i = from; i < from + valuesInBlock; i++) {
      const each = bits[i]! & 0x7fffffff;
      largest = each > largest ? each : largest;
    }
    if (largest > largestBits) return false;
    sizeBits[0] = largest;
    const scale = Math.fround(size[0]! / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[at >> 1] = f32ToF16(scale);
    for (let i = 0; i < valuesInBlock; i++) {
      const sign = bits[from + i]! >> 31;
      const step = (Math.fround(Math.abs(values[from + i]!) * inverse) + 0.5) | 0;
      steps[at + 2 + i] = (step ^ sign) - sign;
    }
  }
  return true;
};

export function decodeQ8(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array((bytes.length / blockBytes) * valuesInBlock);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, to = 0; at < bytes.length; at += blockBytes) {
    const scale = f16ToF32(view.getUint16(at, true));
    for (let i = 0; i < valuesInBlock; i++) out[to++] = scale * view.getInt8(at + 2 + i);
  }
  return out;
}
