import type { RopeSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { flatIndex, shader } from './wgsl.ts';

/** A workgroup turns 64 pairs (i, i + headDim/2); each is read and written once. */
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
let half = dims.headDim / 2u;
let head = (pair % pairs) / half;
let i = (pair % pairs) % half;
let first = row * dims.width + head * dims.headDim + i;
let angle = u32(positions[row]) * dims.headDim + i;
let cosine = table[angle];
let sine = dims.sign * table[angle + half];
let low = x[first];
let high = x[first + half];
y[first] = low * cosine - high * sine;
y[first + half] = high * cosine + low * sine;
}`,
  });
}
