import type { DivergenceRowsSpec } from '../../plan/kernels/divergence.ts';
import { capFunctions } from './activations.ts';
import { softmaxPart } from './cross-entropy.ts';
import { rowFrame, sum } from './rows.ts';
import type { KernelText } from './wgsl.ts';

/**
 * A word's part p·(d + exp(−d) − 1), d = log p − log q. Near 0, where the difference would be all rounding, by its series, whose
 * next term is below 1e-7 of the first; elsewhere as q − p + p·d, which no large −d overflows.
 */
const wordPart = `fn wordPart(logP: f32, logQ: f32) -> f32 {
  let p = exp(logP);
  let d = logP - logQ;
  if (abs(d) < 0.5) {
    return p * d * d * (0.5 + d * (-1.0 / 6.0 + d * (1.0 / 24.0 + d * (-1.0 / 120.0 + d * (1.0 / 720.0 - d / 5040.0)))));
  }
  return exp(logQ) - p + p * d;
}`;

/** (largest, Σ exp(x − largest)) of both sides, of two parts of a row as that of both parts. */
const combine = `let top = max(a.xz, b.xz);
  let sums = a.yw * exp(a.xz - top) + b.yw * exp(b.xz - top);
  return vec4<f32>(top.x, sums.x, top.y, sums.y);`;

/**
 * One row of logits of both sides by one workgroup (or thread): both log-sum-exps in one pass, the divergence in a second. All
 * logits are read twice.
 */
export function divergenceRows(spec: DivergenceRowsSpec): KernelText {
  const frame = rowFrame(spec.perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: [
      capFunctions(spec.softCap),
      wordPart,
      frame.reduction('softmax', 'vec4<f32>', combine),
      frame.reduction('sum', 'f32', sum),
    ].join('\n'),
    body: frame.wrap(`let first = row * dims.vocabulary;
let label = labels[dims.firstRow + row];
let scored = label >= 0;
var part = vec4<f32>(-3.0e38, 0.0, -3.0e38, 0.0);
for (var i = begin; i < dims.vocabulary; i += step) {
  let x = capped(base[first + i]);
  ${softmaxPart('part.x', 'part.y', 'x')}
  let y = capped(tuned[first + i]);
  ${softmaxPart('part.z', 'part.w', 'y')}
}
let whole = reduce_softmax(part, local.x);
let logSums = whole.xz + log(whole.yw);
var apart = 0.0;
for (var i = begin; i < dims.vocabulary; i += step) {
  apart += wordPart(capped(base[first + i]) - logSums.x, capped(tuned[first + i]) - logSums.y);
}
let total = reduce_sum(apart, local.x);
if (inside && begin == 0u) {
  let at = first + u32(max(label, 0));
  divergence[dims.firstRow + row] = select(0.0, total, scored);
  baseLoss[dims.firstRow + row] = select(0.0, logSums.x - capped(base[at]), scored);
  loss[dims.firstRow + row] = select(0.0, logSums.y - capped(tuned[at]), scored);
}`),
  };
}
