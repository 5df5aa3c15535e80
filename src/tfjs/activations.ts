import {
  add,
  cast,
  div,
  erf,
  exp,
  expm1,
  less,
  log,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  square,
  step,
  sub,
  type Tensor,
  tanh,
} from '@tensorflow/tfjs-core';
import { type Activation, log1mexpEnd } from '../graph/types.ts';

type Elementwise = (x: Tensor) => Tensor;

/** tanh of GELU's tanh form: √(2/π) · (x + 0.044715 x³). */
const geluTanh: Elementwise = (x) => tanh(mul(Math.sqrt(2 / Math.PI), mul(x, add(1, mul(0.044715, square(x))))));

/** Φ(x), the cumulative normal distribution. */
const normalCumulative: Elementwise = (x) => mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));

export const activations: { readonly [A in Activation]: Elementwise } = {
  silu: (x) => mul(x, sigmoid(x)),
  gelu: (x) => mul(x, normalCumulative(x)),
  gelu_tanh: (x) => mul(mul(0.5, x), add(1, geluTanh(x))),
  relu,
  tanh,
  sigmoid,
  softplus,
  log1mexp: (x) => log(neg(expm1(minimum(x, log1mexpEnd)))),
};

export const derivatives: { readonly [A in Activation]: Elementwise } = {
  silu(x) {
    const s = sigmoid(x);
    return mul(s, add(1, mul(x, sub(1, s))));
  },
  gelu: (x) => add(normalCumulative(x), mul(x, mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x)))))),
  gelu_tanh(x) {
    const t = geluTanh(x);
    const inner = mul(Math.sqrt(2 / Math.PI), add(1, mul(3 * 0.044715, square(x))));
    return mul(0.5, add(add(1, t), mul(mul(x, sub(1, square(t))), inner)));
  },
  relu: (x) => step(x),
  tanh: (x) => sub(1, square(tanh(x))),
  sigmoid: (x) => mul(sigmoid(x), sigmoid(neg(x))),
  softplus: sigmoid,
  log1mexp: (x) => mul(cast(less(x, log1mexpEnd), 'float32'), div(-1, expm1(neg(minimum(x, log1mexpEnd))))),
};

/** Scores as their bound leaves them. */
export const capped = (scores: Tensor, softCap?: number): Tensor =>
  softCap === undefined ? scores : mul(tanh(div(scores, softCap)), softCap);

/** x times the derivative of the bound, from the bounded scores. */
export const timesSlope = (x: Tensor, scores: Tensor, softCap?: number): Tensor =>
  softCap === undefined ? x : mul(x, sub(1, square(div(scores, softCap))));
