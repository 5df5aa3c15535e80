/**
 * ggml's Q8_0: of each 32 values the scale d = max|x| / 127 as an f16, then x / d rounded, one signed byte each. As in
 * ggml's `quantize_row_q8_0_ref` the division is by d in f32, and halves are rounded away from zero.
 */
import { f16ToF32, f32ToF16 } from './half.ts';

export const valuesInBlock = 32;
const blockBytes = 34;

/** @param values as many as whole blocks hold */
export function encodeQ8(values: Float32Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array((values.length / valuesInBlock) * blockBytes);
  const [scales, steps] = [new Uint16Array(out.buffer), new Int8Array(out.buffer)];
  for (let from = 0, at = 0; from < values.length; from += valuesInBlock, at += blockBytes) {
    let largest = 0;
    for (let i = from; i < from + valuesInBlock; i++) {
      const size = Math.abs(values[i]!);
      if (size > largest) largest = size;
    }
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[at >> 1] = f32ToF16(scale);
    for (let i = 0; i < valuesInBlock; i++) {
      const x = Math.fround(values[from + i]! * inverse);
      // Cut towards zero, so that halves go away from it.
      steps[at + 2 + i] = x + (x < 0 ? -0.5 : 0.5);
    }
  }
  return out;
}

export function decodeQ8(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array((bytes.length / blockBytes) * valuesInBlock);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, to = 0; at < bytes.length; at += blockBytes) {
    const scale = f16ToF32(view.getUint16(at, true));
    for (let i = 0; i < valuesInBlock; i++) out[to++] = scale * view.getInt8(at + 2 + i);
  }
  return out;
}
