import type { DropoutSpec, UniformNoiseSpec } from '../../plan/kernels/dropout.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/** The lines of `graph/random.ts` in u32 arithmetic. */
const random = `fn mix(value: u32) -> u32 {
  var x = value;
  x = (x ^ (x >> 16u)) * 0x7feb352du;
  x = (x ^ (x >> 15u)) * 0x846ca68bu;
  return x ^ (x >> 16u);
}
fn randomBits(seed0: u32, seed1: u32, site: u32, index: u32) -> u32 {
  return mix(mix(index ^ seed0) + (seed1 ^ site));
}`;

/** A workgroup computes 64 elements; x is read and written once, no mask is kept. */
export function dropout(spec: DropoutSpec): KernelText {
  const to = spec.inPlace ? 'x[dims.xOffset' : 'out[dims.outOffset';
  return {
    workgroupSize: [64, 1, 1],
    declarations: random,
    body: `${spec.grouping === 'parts' ? 'let dims = segments[group.z];' : ''}
let i = ${flatIndex};
if (i < dims.count) {
let dropped = randomBits(seed[0], seed[1], dims.site, i) < dims.threshold;
${to} + i] = select(x[dims.xOffset + i] * dims.factor, 0.0, dropped);
}`,
  };
}

/** A workgroup computes 64 elements; x is read and written once. The upper 24 bits of a random word are exact in f32. */
export function uniformNoise(spec: UniformNoiseSpec): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    declarations: random,
    body: `let i = ${flatIndex};
if (i < dims.count) {
let drawn = f32(randomBits(seed[0], seed[1], dims.site, i) >> 8u) * ${2 ** -23} - 1.0;
${spec.inPlace ? 'x' : 'out'}[i] = x[i] + dims.amplitude * drawn;
}`,
  };
}
