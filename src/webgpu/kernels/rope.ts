import type { RopeSpec } from '../../plan/kernels/rope.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/**
 * A workgroup takes 64 pairs: the first rotaryDim/2 of a head are (i, i + rotaryDim/2) or neighbours, and turned, the rest are
 * neighbours and copied, or left where they are. Each number is read and written once.
 */
export function rope(spec: RopeSpec): KernelText {
  const out = spec.inPlace ? 'x[dims.xOffset' : 'y[dims.yOffset';
  const copy = `y[dims.yOffset + head + 2u * i] = x[dims.xOffset + head + 2u * i];
y[dims.yOffset + head + 2u * i + 1u] = x[dims.xOffset + head + 2u * i + 1u];`;
  return {
    workgroupSize: [64, 1, 1],
    body: `${spec.grouping === 'parts' ? 'let dims = segments[group.z];' : ''}
let pair = ${flatIndex};
let pairs = dims.width / 2u;
if (pair < dims.rows * pairs) {
let row = pair / pairs;
let pairsOfHead = dims.headDim / 2u;
let head = row * dims.width + (pair % pairs) / pairsOfHead * dims.headDim;
let i = (pair % pairs) % pairsOfHead;
let half = dims.rotaryDim / 2u;
if (i >= half) {
${spec.inPlace ? '' : copy}
} else {
let first = head + i * dims.step;
let angle = u32(positions[row]) * dims.rotaryDim + i;
let cosine = table[angle];
let sine = dims.sign * table[angle + half];
let low = x[dims.xOffset + first];
let high = x[dims.xOffset + first + dims.apart];
${out} + first] = low * cosine - high * sine;
${out} + first + dims.apart] = high * cosine + low * sine;
}
}`,
  };
}
