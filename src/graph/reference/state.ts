import type { Reference } from './interpret.ts';

export const accumulate: Reference<'accumulate'> = (_node, [target, value, keep]) => {
  value!.forEach((x, i) => {
    target![i] = x + (keep![0] !== 0 ? target![i]! : 0);
  });
  return [];
};

export const cache_write: Reference<'cache_write'> = (node, [cache, value, positions]) => {
  const width = node.inputs[0]!.shape[1]!;
  positions!.forEach((position, row) => {
    cache!.set(value!.subarray(row * width, (row + 1) * width), position * width);
  });
  return [cache!];
};

export const global_norm: Reference<'global_norm'> = (_node, gradients) => {
  let squares = 0;
  for (const gradient of gradients) for (const x of gradient) squares += x * x;
  return [Float64Array.of(Math.sqrt(squares))];
};

export const adamw: Reference<'adamw'> = (node, inputs) => {
  const [parameter, gradient, moment1, moment2, hyper, norm] = inputs as Float64Array[];
  const { beta1, beta2, epsilon, weightDecay, learningRateFactor } = node.attributes;
  const [baseRate, correction1, correction2, maximumNorm] = Array.from(hyper!) as [number, number, number, number];
  if (!Number.isFinite(norm![0]!)) return [];
  const rate = baseRate * learningRateFactor;
  const clip = maximumNorm > 0 ? Math.min(1, maximumNorm / (norm![0]! + 1e-6)) : 1;
  gradient!.forEach((unclipped, i) => {
    const g = unclipped * clip;
    moment1![i] = beta1 * moment1![i]! + (1 - beta1) * g;
    moment2![i] = beta2 * moment2![i]! + (1 - beta2) * g * g;
    const direction = moment1![i]! / correction1 / (Math.sqrt(moment2![i]! / correction2) + epsilon);
    parameter![i] = parameter![i]! * (1 - rate * weightDecay) - rate * direction;
  });
  return [];
};
