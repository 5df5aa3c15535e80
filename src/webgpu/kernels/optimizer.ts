import type { OptimizerOp } from '../../graph/types.ts';
import { flatGroup, flatIndex, type KernelText } from './wgsl.ts';

/** Adds up what 64 threads hold, in a tree of fixed order; thread 0 has the sum in `held[0]`. */
const treeSum = `held[local.x] = sum;
workgroupBarrier();
for (var half = 32u; half > 0u; half >>= 1u) {
  if (local.x < half) { held[local.x] += held[local.x + half]; }
  workgroupBarrier();
}`;

const held = 'var<workgroup> held: array<f32, 64>;';

/** A workgroup sums the squares of 4096 elements, 64 a thread; x is read once. */
export function sumSquares(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    declarations: held,
    body: `let number = ${flatGroup};
let first = number * 4096u;
let end = min(first + 4096u, dims.count);
var sum = 0.0;
for (var i = first + local.x; i < end; i += 64u) { sum += x[i] * x[i]; }
${treeSum}
if (local.x == 0u && first < dims.count) { partials[dims.outOffset + number] = held[0]; }`,
  };
}

/** One workgroup adds up all partial sums and takes the root. */
export function norm(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    declarations: held,
    body: `var sum = 0.0;
for (var i = local.x; i < dims.count; i += 64u) { sum += partials[i]; }
${treeSum}
if (local.x == 0u) { norm[0] = sqrt(held[0]); }`,
  };
}

/** Whether the norm is a number, and the factor that clipping puts on gradients. */
const clipping = `let finite = (norm[0] & 0x7f800000u) != 0x7f800000u;
let maximum = hyper[3];
let clip = select(1.0, min(1.0, maximum / (bitcast<f32>(norm[0]) + 1e-6)), maximum > 0.0);`;

/** How element i changes, from its gradient `g` and the learning `rate`. */
const rules: { readonly [O in Exclude<OptimizerOp, 'adamw_8bit'>]: string } = {
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
export function optimizer({ kernel }: { readonly kernel: keyof typeof rules }): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
${clipping}
if (i < dims.count && finite) {
let rate = hyper[0] * dims.learningRateFactor;
let g = gradient[i] * clip + dims.gradientDecay * parameter[i];
${rules[kernel]}
}`,
  };
}

/**
 * The numbers of codes as `dynamicMap` has them, computed: range e of a map holds 2^(e + wider) numbers, `wider` being 1
 * where there is no sign. Then codes: by halves, x against the middle between neighbours.
 */
const codes = `var<workgroup> maps: array<array<f32, 256>, 2>;
var<workgroup> held: array<vec2<f32>, 64>;
fn positive(k: u32, wider: u32) -> f32 {
  let n = k + (1u << wider);
  let power = firstLeadingBit(n);
  let count = 1u << power;
  var value = 0.1 + 0.9 * (f32(n - count) + 0.5) / f32(count);
  for (var range = power - wider; range < 6u; range++) { value *= 0.1; }
  return value;
}
fn signedNumber(code: u32) -> f32 {
  if (code < 127u) { return -positive(126u - code, 0u); }
  return select(positive(max(code, 128u) - 128u, 0u), 0.0, code == 127u);
}
fn unsignedNumber(code: u32) -> f32 {
  return select(positive(max(code, 1u) - 1u, 1u), 0.0, code == 0u);
}
fn nearest(map: u32, x: f32) -> u32 {
  var code = 0u;
  for (var step = 128u; step > 0u; step >>= 1u) {
    let middle = (maps[map][code + step - 1u] + maps[map][code + step]) * 0.5;
    if (x > middle) { code += step; }
  }
  return code;
}`;

/**
 * A workgroup updates a block of 256 values, four a thread: reads a word of codes of each moment, updates the parameter
 * with both in f32, finds the largest magnitudes of the block in a tree of fixed order and writes codes again. Everything
 * is read and written once.
 */
export function adamw8bit(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    declarations: codes,
    body: `let dims = segments[group.z];
let block = ${flatGroup};
let word = block * 64u + local.x;
${clipping}
let inside = block * 256u < dims.count && finite;
let rate = hyper[0] * dims.learningRateFactor;
for (var i = local.x; i < 256u; i += 64u) {
  maps[0][i] = select(signedNumber(i), 1.0, i == 255u);
  maps[1][i] = select(unsignedNumber(i), 1.0, i == 255u);
}
workgroupBarrier();
var moments: array<vec2<f32>, 4>;
var largest = vec2<f32>(0.0);
if (inside) {
  let codes = vec2<u32>(words1[dims.words1Offset + word], words2[dims.words2Offset + word]);
  let scale = vec2<f32>(largest1[dims.largest1Offset + block], largest2[dims.largest2Offset + block]);
  for (var j = 0u; j < 4u; j++) {
    let i = 4u * word + j;
    if (i >= dims.count) { break; }
    let code = (codes >> vec2<u32>(8u * j)) & vec2<u32>(255u);
    let g = gradient[dims.gradientOffset + i] * clip;
    let m = dims.beta1 * (maps[0][code.x] * scale.x) + dims.oneMinusBeta1 * g;
    let v = dims.beta2 * (maps[1][code.y] * scale.y) + dims.oneMinusBeta2 * g * g;
    let direction = (m / hyper[1]) / (sqrt(v / hyper[2]) + dims.epsilon);
    let p = dims.parameterOffset + i;
    parameter[p] = parameter[p] * (1.0 - rate * dims.decoupledDecay) - rate * direction;
    moments[j] = vec2<f32>(m, v);
    largest = max(largest, vec2<f32>(abs(m), v));
  }
}
held[local.x] = largest;
workgroupBarrier();
for (var half = 32u; half > 0u; half >>= 1u) {
  if (local.x < half) { held[local.x] = max(held[local.x], held[local.x + half]); }
  workgroupBarrier();
}
if (inside) {
  let scale = held[0];
  let divisor = select(vec2<f32>(1.0), scale, scale > vec2<f32>(0.0));
  var codes = vec2<u32>(0u);
  for (var j = 0u; j < 4u; j++) {
    let x = moments[j] / divisor;
    codes |= vec2<u32>(nearest(0u, x.x), nearest(1u, x.y)) << vec2<u32>(8u * j);
  }
  words1[dims.words1Offset + word] = codes.x;
  words2[dims.words2Offset + word] = codes.y;
  if (local.x == 0u) {
    largest1[dims.largest1Offset + block] = scale.x;
    largest2[dims.largest2Offset + block] = scale.y;
  }
}`,
  };
}
