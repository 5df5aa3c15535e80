/**
 * ggml's Q4_K and Q6_K: blocks of 256 values along a row, in sub-blocks that have small whole numbers as scales (and of Q4_K
 * as least values), with an f16 for all of a block. Scales are sought as `quantize_row_q4_K_ref` and `quantize_row_q6_K_ref`
 * of ggml-quants.c seek them, in float64: a few more steps or fewer than the largest value asks for, whichever leaves the
 * least (weighted) squares.
 */
import { f16ToF32, f32ToF16 } from './half.ts';

export const valuesInSuperBlock = 256;
/** f16 scale, f16 least value, 12 bytes of 6-bit scales and least values, 128 bytes of two values each. */
export const q4kBytes = 144;
/** 128 bytes of low and 64 of high bits, 16 scales, an f16. */
export const q6kBytes = 210;

/** Values in a sub-block. */
const [of4, of6] = [32, 16];

/**
 * @param values as many as whole blocks hold
 * @returns undefined where a value is no number, or too large for the f16 of its block
 */
export function encodeQ4K(values: Float32Array): Uint8Array<ArrayBuffer> | undefined {
  return encoded(values, q4kBytes, encodeBlock4);
}

/** The same. */
export function encodeQ6K(values: Float32Array): Uint8Array<ArrayBuffer> | undefined {
  return encoded(values, q6kBytes, encodeBlock6);
}

export const decodeQ4K = (bytes: Uint8Array): Float32Array<ArrayBuffer> => decoded(bytes, q4kBytes, decodeBlock4);
export const decodeQ6K = (bytes: Uint8Array): Float32Array<ArrayBuffer> => decoded(bytes, q6kBytes, decodeBlock6);

type EncodeBlock = (values: Float32Array, out: Uint8Array, view: DataView) => boolean;
type DecodeBlock = (block: Uint8Array, view: DataView, out: Float32Array) => void;

function encoded(values: Float32Array, blockBytes: number, encode: EncodeBlock) {
  const blocks = values.length / valuesInSuperBlock;
  const out = new Uint8Array(blocks * blockBytes);
  for (let i = 0; i < blocks; i++) {
    const block = values.subarray(i * valuesInSuperBlock, (i + 1) * valuesInSuperBlock);
    const into = out.subarray(i * blockBytes, (i + 1) * blockBytes);
    if (!encode(block, into, new DataView(out.buffer, i * blockBytes, blockBytes))) return undefined;
  }
  return out;
}

function decoded(bytes: Uint8Array, blockBytes: number, decode: DecodeBlock): Float32Array<ArrayBuffer> {
  const blocks = bytes.length / blockBytes;
  const out = new Float32Array(blocks * valuesInSuperBlock);
  for (let i = 0; i < blocks; i++) {
    const block = bytes.subarray(i * blockBytes, (i + 1) * blockBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset + i * blockBytes, blockBytes);
    decode(block, view, out.subarray(i * valuesInSuperBlock, (i + 1) * valuesInSuperBlock));
  }
  return out;
}

const clamped = (value: number, least: number, most: number): number =>
  value < least ? least : value > most ? most : value;

/** Halves to even, as ggml's `nearest_int` has it. */
const magic = 1.5 * 2 ** 52;
const nearest = (value: number): number => value + magic - magic;

/** Whether the block's f16s hold it: neither no number nor infinite. */
const isFinite16 = (half: number): boolean => (half & 0x7c00) !== 0x7c00;

const weights = new Float64Array(of4);

/** Scale and least value (made positive) of 32 values as scale · (0 to 15) − least. */
function fit4(x: Float32Array, from: number, into: Float64Array, at: number): void {
  let [least, most, squares] = [x[from]!, x[from]!, 0];
  for (let i = from; i < from + of4; i++) {
    const value = x[i]!;
    squares += value * value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const size = Math.sqrt(squares / of4);
  let [sumW, sumX] = [0, 0];
  for (let i = 0; i < of4; i++) {
    const value = x[from + i]!;
    const weight = size + Math.abs(value);
    weights[i] = weight;
    sumW += weight;
    sumX += weight * value;
  }
  if (least > 0) least = 0;
  let [scale, floor] = [Number.isNaN(squares) ? Number.NaN : 0, least];
  if (most > least && !Number.isNaN(squares)) {
    scale = (most - least) / 15;
    let best = error4(x, from, scale, floor, 15 / (most - least), least);
    for (let step = 0; step <= 20; step++) {
      const inverse = (14 + 0.1 * step) / (most - least);
      let [sumL, sumL2, sumXL] = [0, 0, 0];
      for (let i = 0; i < of4; i++) {
        const value = x[from + i]!;
        const level = clamped(nearest(inverse * (value - least)), 0, 15);
        const weighed = weights[i]! * level;
        sumL += weighed;
        sumL2 += weighed * level;
        sumXL += weighed * value;
      }
      const determinant = sumW * sumL2 - sumL * sumL;
      if (!(determinant > 0)) continue;
      let thisScale = (sumW * sumXL - sumX * sumL) / determinant;
      let thisFloor = (sumL2 * sumX - sumL * sumXL) / determinant;
      if (thisFloor > 0) {
        thisFloor = 0;
        thisScale = sumXL / sumL2;
      }
      const error = error4(x, from, thisScale, thisFloor, inverse, least);
      if (error < best) {
        best = error;
        scale = thisScale;
        floor = thisFloor;
      }
    }
  }
  into[at] = scale;
  into[at + 8] = -floor;
}

/** The weighted squares that are left where levels are taken by `inverse` from `least`. */
function error4(x: Float32Array, from: number, scale: number, floor: number, inverse: number, least: number): number {
  let sum = 0;
  for (let i = 0; i < of4; i++) {
    const value = x[from + i]!;
    const off = scale * clamped(nearest(inverse * (value - least)), 0, 15) + floor - value;
    sum += weights[i]! * off * off;
  }
  return sum;
}

/** Scales, then least values. */
const fitted = new Float64Array(16);
const levels = new Uint8Array(valuesInSuperBlock);

function encodeBlock4(x: Float32Array, out: Uint8Array, view: DataView): boolean {
  for (let j = 0; j < 8; j++) fit4(x, j * of4, fitted, j);
  const [scales, floors] = [fitted.subarray(0, 8), fitted.subarray(8)];
  const [maxScale, maxFloor] = [Math.max(0, ...scales), Math.max(0, ...floors)];
  if (Number.isNaN(maxScale + maxFloor)) return false;
  for (let j = 0; j < 8; j++) {
    const scale = maxScale > 0 ? clamped(nearest((63 / maxScale) * scales[j]!), 0, 63) : 0;
    const floor = maxFloor > 0 ? clamped(nearest((63 / maxFloor) * floors[j]!), 0, 63) : 0;
    packScale(out, j, scale, floor);
  }
  const [d, dmin] = [f32ToF16(maxScale / 63), f32ToF16(maxFloor / 63)];
  if (!isFinite16(d) || !isFinite16(dmin)) return false;
  view.setUint16(0, d, true);
  view.setUint16(2, dmin, true);
  for (let j = 0; j < 8; j++) {
    const scale = f16ToF32(d) * scaleAt(out, j);
    const floor = f16ToF32(dmin) * floorAt(out, j);
    for (let i = j * of4; i < (j + 1) * of4; i++)
      levels[i] = scale === 0 ? 0 : clamped(nearest((x[i]! + floor) / scale), 0, 15);
  }
  for (let pair = 0; pair < 4; pair++)
    for (let i = 0; i < of4; i++)
      out[16 + pair * of4 + i] = levels[2 * pair * of4 + i]! | (levels[(2 * pair + 1) * of4 + i]! << 4);
  return true;
}

/** The last four of eight have their upper two bits where the first four leave them. */
function packScale(out: Uint8Array, j: number, scale: number, floor: number): void {
  if (j < 4) {
    out[4 + j] = scale;
    out[8 + j] = floor;
    return;
  }
  out[8 + j] = (scale & 15) | ((floor & 15) << 4);
  out[j] = out[j]! | ((scale >> 4) << 6);
  out[4 + j] = out[4 + j]! | ((floor >> 4) << 6);
}

const scaleAt = (block: Uint8Array, j: number): number =>
  j < 4 ? block[4 + j]! & 63 : (block[8 + j]! & 15) | ((block[j]! >> 6) << 4);
const floorAt = (block: Uint8Array, j: number): number =>
  j < 4 ? block[8 + j]! & 63 : (block[8 + j]! >> 4) | ((block[4 + j]! >> 6) << 4);

function decodeBlock4(block: Uint8Array, view: DataView, out: Float32Array): void {
  const [d, dmin] = [f16ToF32(view.getUint16(0, true)), f16ToF32(view.getUint16(2, true))];
  for (let j = 0; j < 8; j++) {
    const [scale, floor] = [Math.fround(d * scaleAt(block, j)), Math.fround(dmin * floorAt(block, j))];
    const shift = j % 2 === 0 ? 0 : 4;
    for (let i = 0; i < of4; i++) {
      const level = (block[16 + (j >> 1) * of4 + i]! >> shift) & 15;
      out[j * of4 + i] = Math.fround(scale * level) - floor;
    }
  }
}

/** The scale of 16 values as scale · (−32 to 31): by its own squares weighed, as large values count most. */
function fit6(x: Float32Array, from: number): number {
  let extreme = 0;
  for (let i = from; i < from + of6; i++) {
    if (!Number.isFinite(x[i]!)) return Number.NaN;
    if (Math.abs(x[i]!) > Math.abs(extreme)) extreme = x[i]!;
  }
  if (Math.abs(extreme) < 1e-15) return 0;
  let [scale, best] = [0, -1];
  for (let step = -9; step <= 9; step++) {
    const inverse = -(32 + 0.1 * step) / extreme;
    let [along, squares] = [0, 0];
    for (let i = from; i < from + of6; i++) {
      const value = x[i]!;
      const level = clamped(nearest(inverse * value), -32, 31);
      const weighed = value * value * level;
      along += weighed * value;
      squares += weighed * level;
    }
    if (squares > 0 && along * along > best * squares) {
      scale = along / squares;
      best = scale * along;
    }
  }
  return scale;
}

const scales6 = new Float64Array(16);

function encodeBlock6(x: Float32Array, out: Uint8Array, view: DataView): boolean {
  let extreme = 0;
  for (let j = 0; j < 16; j++) {
    const scale = fit6(x, j * of6);
    if (Number.isNaN(scale)) return false;
    scales6[j] = scale;
    if (Math.abs(scale) > Math.abs(extreme)) extreme = scale;
  }
  const d = f32ToF16(extreme / -128);
  if (!isFinite16(d)) return false;
  view.setUint16(208, d, true);
  if (extreme === 0) {
    levels.fill(32);
  } else {
    for (let j = 0; j < 16; j++) {
      const part = clamped(nearest((-128 / extreme) * scales6[j]!), -128, 127);
      view.setInt8(192 + j, part);
      const scale = f16ToF32(d) * part;
      for (let i = j * of6; i < (j + 1) * of6; i++)
        levels[i] = 32 + (scale === 0 ? 0 : clamped(nearest(x[i]! / scale), -32, 31));
    }
  }
  for (let half = 0; half < 2; half++)
    for (let i = 0; i < 32; i++) {
      const at = half * 128 + i;
      const [a, b, c, e] = [levels[at]!, levels[at + 32]!, levels[at + 64]!, levels[at + 96]!];
      out[half * 64 + i] = (a & 15) | ((c & 15) << 4);
      out[half * 64 + 32 + i] = (b & 15) | ((e & 15) << 4);
      out[128 + half * 32 + i] = (a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((e >> 4) << 6);
    }
  return true;
}

function decodeBlock6(block: Uint8Array, view: DataView, out: Float32Array): void {
  const d = f16ToF32(view.getUint16(208, true));
  for (let at = 0; at < valuesInSuperBlock; at++) {
    const [half, quarter, i] = [at >> 7, (at >> 5) & 3, at & 31];
    const low = (block[half * 64 + (quarter & 1) * 32 + i]! >> (quarter < 2 ? 0 : 4)) & 15;
    const high = (block[128 + half * 32 + i]! >> (2 * quarter)) & 3;
    out[at] = Math.fround(d * view.getInt8(192 + (at >> 4))) * ((low | (high << 4)) - 32);
  }
}
