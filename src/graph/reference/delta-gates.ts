import type { Reference } from './interpret.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const delta_gates: Reference<'delta_gates'> = (_, [a, b, logRate, bias]) => {
  const heads = bias!.length;
  return [a!.map((x, i) => -Math.exp(logRate![i % heads]!) * softplus(x + bias![i % heads]!)), b!.map(sigmoid)];
};

export const delta_gates_backward: Reference<'delta_gates_backward'> = (_, [dg, dBeta, a, b, logRate, bias]) => {
  const heads = bias!.length;
  return [
    dg!.map((each, i) => -Math.exp(logRate![i % heads]!) * sigmoid(a![i]! + bias![i % heads]!) * each),
    dBeta!.map((each, i) => sigmoid(b![i]!) * sigmoid(-b![i]!) * each),
  ];
};
