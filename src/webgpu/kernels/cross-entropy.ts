import type { CrossEntropyRowsSpec } from '../../plan/kernels/cross-entropy.ts';
import { capFunctions } from './activations.ts';
import { rowFrame } from './rows.ts';
import type { KernelText } from './wgsl.ts';

/** (largest, Σ exp(x − largest)) of two parts of a row as that of both. */
const combine = `let top = max(a.x, b.x);
  return vec2<f32>(top, a.y * exp(a.x - top) + b.y * exp(b.x - top));`;

/** Takes one more logit into (largest, Σ exp(x − largest)). */
export const softmaxPart = (largest: string, total: string, x: string): string =>
  `if (${x} > ${largest}) { ${total} = ${total} * exp(${largest} - ${x}) + 1.0; ${largest} = ${x}; } else { ${total} += exp(${x} - ${largest}); }`;

/**
 * One row of logits by one workgroup (or thread): its log-sum-exp in one pass, the loss, and with `gradient` a second
 * pass that replaces the logits by lossScale·(softmax − onehot). The logits are read once or twice and written once.
 */
export function crossEntropyRows(spec: CrossEntropyRowsSpec): KernelText {
  const frame = rowFrame(spec.perThread);
  const slope = spec.softCap ? ' * slopeAtCapped(logit)' : '';
  const gradient = `for (var i = begin; i < dims.vocabulary; i += step) {
    let logit = capped(logits[first + i]);
    let p = exp(logit - logSum) - select(0.0, 1.0, i32(i) == label);
    logits[first + i] = select(0.0, scale * p${slope}, scored);
  }`;
  return {
    workgroupSize: frame.workgroupSize,
    declarations: `${capFunctions(spec.softCap)}\n${frame.reduction('softmax', 'vec2<f32>', combine)}`,
    body: frame.wrap(`let first = row * dims.vocabulary;
let label = labels[dims.firstRow + row];
let scored = label >= 0;
let scale = lossScale[${spec.weighted ? 'dims.firstRow + row' : '0'}];
var part = vec2<f32>(-3.0e38, 0.0);
for (var i = begin; i < dims.vocabulary; i += step) {
  let x = capped(logits[first + i]);
  ${softmaxPart('part.x', 'part.y', 'x')}
}
let whole = reduce_softmax(part, local.x);
let logSum = whole.x + log(whole.y);
if (inside && begin == 0u) {
  let at = first + u32(max(label, 0));
  rowLoss[dims.firstRow + row] = select(0.0, scale * (logSum - capped(logits[at])), scored);
}
${spec.gradient ? `${spec.perThread ? '' : 'storageBarrier();\n'}if (inside) {\n  ${gradient}\n}` : ''}`),
  };
}
