import { add, exp, mul, neg, sigmoid, softplus, type Tensor } from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

const rate = (logRate: Tensor): Tensor => neg(exp(logRate));

export const delta_gates: Entry<'delta_gates'> = plain((node, run) => {
  const [a, b, logRate, bias] = run.inputs(node);
  return [mul(softplus(add(a!, bias!)), rate(logRate!)), sigmoid(b!)];
});

export const delta_gates_backward: Entry<'delta_gates_backward'> = plain((node, run) => {
  const [dg, dBeta, a, b, logRate, bias] = run.inputs(node);
  const ofA = mul(mul(sigmoid(add(a!, bias!)), rate(logRate!)), dg!);
  return [ofA, mul(mul(sigmoid(b!), sigmoid(neg(b!))), dBeta!)];
});
