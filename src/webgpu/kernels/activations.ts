import { type Activation, log1mexpEnd } from '../../graph/types.ts';

/**
 * `passing(x, y)` is x where x is NaN, else y. WGSL leaves open which argument min, max and clamp give of a NaN and a number,
 * and devices give the number: a run that has come to NaN would evaluate as if nothing were wrong. The bits are compared,
 * because comparisons of floats may be compiled as if there were no NaN.
 */
export function nanFunctions(vector: boolean, name = 'passing'): string {
  const [T, U] = vector ? ['vec4<f32>', 'vec4<u32>'] : ['f32', 'u32'];
  return `fn ${name}(x: ${T}, y: ${T}) -> ${T} { return select(y, x, (bitcast<${U}>(x) & ${U}(0x7fffffffu)) > ${U}(0x7f800000u)); }`;
}

/**
 * f and f′ of the activations on T = f32 or vec4<f32>. exp is kept from overflowing: WGSL promises nothing about
 * infinities. tanh saturates to the last bit of f32 before 10.
 */
export function activationFunctions(activation: Activation, vector: boolean): string {
  const T = vector ? 'vec4<f32>' : 'f32';
  return `${nanFunctions(vector)}
${helpers[activation](T)}
fn activate_number(x: ${T}) -> ${T} { ${bodies[activation].value(T)} }
fn activate(x: ${T}) -> ${T} { return passing(x, activate_number(x)); }
fn derivative(x: ${T}) -> ${T} { ${bodies[activation].derivative(T)} }`;
}

const sigmoid = (T: string): string =>
  `fn sigmoid(x: ${T}) -> ${T} { return ${T}(1.0) / (${T}(1.0) + exp(min(-x, ${T}(80.0)))); }`;

const boundedTanh = (T: string): string =>
  `fn boundedTanh(x: ${T}) -> ${T} { return tanh(clamp(x, ${T}(-10.0), ${T}(10.0))); }`;

/** The argument of the tanh in GELU's tanh form (arXiv 1606.08415): √(2/π)·(x + 0.044715·x³). */
const geluInner = (T: string): string =>
  `${boundedTanh(T)}
fn inner(x: ${T}) -> ${T} { return 0.7978845608028654 * (x + 0.044715 * x * x * x); }`;

/**
 * Φ(x) by erfc: with t = 1/(1 + z/2), erfc z = t·exp(−z² + P(t)), relative error under 1.2e-7 everywhere (the Chebyshev
 * fit of Numerical Recipes, erfcc); relative, so that the tail of GELU keeps its digits.
 */
const normalCumulative = (T: string): string => {
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ];
  const polynomial = coefficients.slice(1).reduce((sum, c) => `(${sum}) * t + ${T}(${c})`, `${T}(${coefficients[0]})`);
  return `fn cumulative(x: ${T}) -> ${T} {
  let z = min(abs(x) * 0.7071067811865476, ${T}(9.0));
  let t = ${T}(1.0) / (${T}(1.0) + 0.5 * z);
  let upper = 0.5 * t * exp(-z * z + ${polynomial});
  return select(upper, ${T}(1.0) - upper, x > ${T}(0.0));
}`;
};

/**
 * 1 − exp x for x < 0, relative error of a few bits: above −ln 2, where the difference cancels, by the series of expm1.
 */
const oneMinusExp = (T: string): string => {
  const series = [9, 8, 7, 6, 5, 4, 3, 2].reduce((sum, n) => `${T}(1.0) + y * ${1 / n} * (${sum})`, `${T}(1.0)`);
  return `fn below(x: ${T}) -> ${T} { return min(x, ${T}(${log1mexpEnd})); }
fn oneMinusExp(x: ${T}) -> ${T} {
  let y = max(below(x), ${T}(-0.6931472));
  return select(${T}(1.0) - exp(max(x, ${T}(-80.0))), -y * (${series}), x > ${T}(-0.6931472));
}`;
};

const helpers: Readonly<Record<Activation, (T: string) => string>> = {
  silu: sigmoid,
  gelu: normalCumulative,
  gelu_tanh: geluInner,
  relu: () => '',
  tanh: boundedTanh,
  sigmoid,
  softplus: sigmoid,
  log1mexp: oneMinusExp,
};

interface Bodies {
  readonly value: (T: string) => string;
  readonly derivative: (T: string) => string;
}

const bodies: Readonly<Record<Activation, Bodies>> = {
  silu: {
    value: () => 'return x * sigmoid(x);',
    derivative: (T) => `let s = sigmoid(x); return s * (${T}(1.0) + x * (${T}(1.0) - s));`,
  },
  gelu: {
    value: () => 'return x * cumulative(x);',
    derivative: (T) => `return cumulative(x) + x * 0.3989422804014327 * exp(max(-0.5 * x * x, ${T}(-80.0)));`,
  },
  gelu_tanh: {
    value: () => 'return 0.5 * x * (1.0 + boundedTanh(inner(x)));',
    derivative: (T) => `let t = boundedTanh(inner(x));
  let slope = 0.7978845608028654 * (${T}(1.0) + 0.134145 * x * x);
  return 0.5 * (${T}(1.0) + t + x * (${T}(1.0) - t * t) * slope);`,
  },
  relu: {
    value: (T) => `return max(x, ${T}(0.0));`,
    derivative: (T) => `return select(${T}(0.0), ${T}(1.0), x > ${T}(0.0));`,
  },
  tanh: {
    value: () => 'return boundedTanh(x);',
    derivative: (T) => `let t = boundedTanh(x); return ${T}(1.0) - t * t;`,
  },
  sigmoid: {
    value: () => 'return sigmoid(x);',
    derivative: () => 'return sigmoid(x) * sigmoid(-x);',
  },
  softplus: {
    value: (T) => `return max(x, ${T}(0.0)) + log(${T}(1.0) + exp(-abs(x)));`,
    derivative: () => 'return sigmoid(x);',
  },
  log1mexp: {
    value: () => 'return log(oneMinusExp(x));',
    derivative: (T) =>
      `return select(${T}(0.0), -exp(max(x, ${T}(-80.0))) / oneMinusExp(x), x < ${T}(${log1mexpEnd}));`,
  },
};

/** `capped(score)`: softCap·tanh(score/softCap), or the score itself; `slopeAtCapped(capped)`: the derivative there. */
export const capFunctions = (softCap: boolean): string =>
  softCap
    ? `${nanFunctions(false)}
fn capped(x: f32) -> f32 { return passing(x, dims.softCap * tanh(clamp(x / dims.softCap, -10.0, 10.0))); }
fn slopeAtCapped(x: f32) -> f32 { let t = x / dims.softCap; return 1.0 - t * t; }`
    : 'fn capped(x: f32) -> f32 { return x; }\nfn slopeAtCapped(x: f32) -> f32 { return 1.0; }';
