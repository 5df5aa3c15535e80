import type { OptimizerOp } from '../../graph/types.ts';
import { bindingNames, type NormSpec, type OptimizerSpec, type SumSquaresSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { flatGroup, flatIndex, shader } from './wgsl.ts';

/** Adds up what 64 threads hold, in a tree of fixed order; thread 0 has the sum in `held[0]`. */
const treeSum = `held[local.x] = sum;
workgroupBarrier();
for (var half = 32u; half > 0u; half >>= 1u) {
  if (local.x < half) { held[local.x] += held[local.x + half]; }
  workgroupBarrier();
}`;

const held = 'var<workgroup> held: array<f32, 64>;';

/** A workgroup sums the squares of 4096 elements, 64 a thread; x is read once. */
export function sumSquares(spec: SumSquaresSpec, access: readonly Access[]): string {
  return shader({
    spec,
    access,
    bindings: [
      ['x', 'f32'],
      ['partials', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    declarations: held,
    body: `let number = ${flatGroup};
let first = number * 4096u;
let end = min(first + 4096u, dims.count);
var sum = 0.0;
for (var i = first + local.x; i < end; i += 64u) { sum += x[i] * x[i]; }
${treeSum}
if (local.x == 0u && first < dims.count) { partials[dims.outOffset + number] = held[0]; }`,
  });
}

/** One workgroup adds up all partial sums and takes the root. */
export function norm(spec: NormSpec, access: readonly Access[]): string {
  return shader({
    spec,
    access,
    bindings: [
      ['partials', 'f32'],
      ['total', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    declarations: held,
    body: `var sum = 0.0;
for (var i = local.x; i < dims.count; i += 64u) { sum += partials[i]; }
${treeSum}
if (local.x == 0u) { total[0] = sqrt(held[0]); }`,
  });
}

/** How element i changes, from its gradient `g` and the learning `rate`. */
const rules: { readonly [O in OptimizerOp]: string } = {
  adamw: `let m = dims.beta1 * moment1[i] + dims.oneMinusBeta1 * g;
let v = dims.beta2 * moment2[i] + dims.oneMinusBeta2 * g * g;
moment1[i] = m;
moment2[i] = v;
let direction = (m / hyper[1]) / (sqrt(v / hyper[2]) + dims.epsilon);
parameter[i] = parameter[i] * (1.0 - rate * dims.decoupledDecay) - rate * direction;`,
  sgd: `let b = dims.momentum * momentum[i] + g;
momentum[i] = b;
parameter[i] -= rate * (g + dims.momentum * b);`,
  rmsprop: `let v = dims.alpha * square[i] + dims.oneMinusAlpha * g * g;
let b = dims.momentum * momentum[i] + g / (sqrt(v) + dims.epsilon);
square[i] = v;
momentum[i] = b;
parameter[i] -= rate * b;`,
  adadelta: `let v = dims.rho * square[i] + dims.oneMinusRho * g * g;
let change = sqrt(delta[i] + dims.epsilon) / sqrt(v + dims.epsilon) * g;
square[i] = v;
delta[i] = dims.rho * delta[i] + dims.oneMinusRho * change * change;
parameter[i] -= rate * change;`,
};

/**
 * A workgroup updates 64 elements as torch.optim does (see the operations), after clipping by the global norm. Every
 * operand is read once; parameter and states are written once. A norm that is not finite leaves all as it was: its
 * exponent bits are looked at, because shaders may assume that no such value exists.
 */
export function optimizer(spec: OptimizerSpec, access: readonly Access[]): string {
  return shader({
    spec,
    access,
    bindings: bindingNames(spec).map((name) => [name, name === 'norm' ? 'u32' : 'f32']),
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
let finite = (norm[0] & 0x7f800000u) != 0x7f800000u;
if (i < dims.count && finite) {
let maximum = hyper[3];
let clip = select(1.0, min(1.0, maximum / (bitcast<f32>(norm[0]) + 1e-6)), maximum > 0.0);
let rate = hyper[0] * dims.learningRateFactor;
let g = gradient[i] * clip + dims.gradientDecay * parameter[i];
${rules[spec.kernel]}
}`,
  });
}
