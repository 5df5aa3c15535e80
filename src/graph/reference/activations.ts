import { type Activation, log1mexpEnd } from '../types.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * The error function to float64 accuracy: 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹/(2n+1)!! (Abramowitz and Stegun 7.1.6), whose
 * terms have one sign; beyond 6 it is ±1 to the last bit.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Argument of the tanh in GELU's tanh form (arXiv 1606.08415). */
const geluInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

const normalDensity = (x: number): number => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
const normalCumulative = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

/** f of each activation. */
export const activations: { readonly [A in Activation]: (x: number) => number } = {
  silu: (x) => x * sigmoid(x),
  gelu: (x) => x * normalCumulative(x),
  gelu_tanh: (x) => (x * (1 + Math.tanh(geluInner(x)))) / 2,
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
  sigmoid,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  log1mexp: (x) => Math.log(-Math.expm1(Math.min(x, log1mexpEnd))),
};

/** f′ of each activation; ReLU's is 0 at 0, as in PyTorch. */
export const derivatives: { readonly [A in Activation]: (x: number) => number } = {
  silu: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  gelu: (x) => normalCumulative(x) + x * normalDensity(x),
  gelu_tanh: (x) => {
    const tanh = Math.tanh(geluInner(x));
    const inner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return (1 + tanh + x * (1 - tanh * tanh) * inner) / 2;
  },
  relu: (x) => (x > 0 ? 1 : 0),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  sigmoid: (x) => sigmoid(x) * sigmoid(-x),
  softplus: sigmoid,
  log1mexp: (x) => (x < log1mexpEnd ? -1 / Math.expm1(-x) : 0),
};

/** A score as its bound leaves it. */
export const capped = (score: number, softCap?: number): number =>
  softCap === undefined ? score : softCap * Math.tanh(score / softCap);

/** The derivative of the bound, from the bounded score. */
export const slopeAtCapped = (score: number, softCap?: number): number =>
  softCap === undefined ? 1 : 1 - (score / softCap) ** 2;
