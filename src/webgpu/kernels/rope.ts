import type { RopeSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { flatIndex, shader } from './wgsl.ts';

/**
 * A workgroup takes 64 pairs: the first rotaryDim/2 of a head are (i, i + rotaryDim/2) and turned, the rest are
 * neighbours and copied. Each number is read and written once.
 */
export function rope(spec: RopeSpec, access: readonly Access[]): string {
  return shader({
    spec,
    access,
    bindings: [
      ['x', 'f32'],
      ['table', 'f32'],
      ['positions', 'i32'],
      ['y', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: `let pair = ${flatIndex};
let pairs = dims.width / 2u;
if (pair < dims.rows * pairs) {
let row = pair / pairs;
let pairsOfHead = dims.headDim / 2u;
let head = row * dims.width + (pair % pairs) / pairsOfHead * dims.headDim;
let i = (pair % pairs) % pairsOfHead;
let half = dims.rotaryDim / 2u;
if (i >= half) {
y[head + 2u * i] = x[head + 2u * i];
y[head + 2u * i + 1u] = x[head + 2u * i + 1u];
} else {
let first = head + i;
let angle = u32(positions[row]) * dims.rotaryDim + i;
let cosine = table[angle];
let sine = dims.sign * table[angle + half];
let low = x[first];
let high = x[first + half];
y[first] = low * cosine - high * sine;
y[first + half] = high * cosine + low * sine;
}
}`,
  });
}
