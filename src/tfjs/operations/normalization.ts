import { add, expandDims, mean, mul, rsqrt, square, squeeze, sub, sum } from '@tensorflow/tfjs-core';
import type { Evaluate } from '../run.ts';

export const rms_norm: Evaluate<'rms_norm'> = (node, run) => {
  const [x, weight] = run.inputs(node);
  const rstd = rsqrt(add(mean(square(x!), -1, true), node.attributes.epsilon));
  return [mul(mul(x!, rstd), weight!), squeeze(rstd, [-1])];
};

export const rms_norm_backward: Evaluate<'rms_norm_backward'> = (node, run, used) => {
  const [dy, x, weight, rstd] = run.inputs(node);
  const perRow = expandDims(rstd!, -1);
  const normalised = mul(x!, perRow);
  const weighted = mul(dy!, weight!);
  const dx = () => mul(perRow, sub(weighted, mul(normalised, mean(mul(weighted, normalised), -1, true))));
  return [used[0] ? dx() : undefined, used[1] ? sum(mul(dy!, normalised), 0) : undefined];
};
