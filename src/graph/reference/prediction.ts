import type { Reference } from './interpret.ts';

const forms = {
  squared_error: {
    loss: (z: number, target: number) => (z - target) ** 2,
    slope: (z: number, t: number) => 2 * (z - t),
  },
  binary_cross_entropy: {
    loss: (z: number, target: number) => Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z))),
    slope: (z: number, target: number) => 1 / (1 + Math.exp(-z)) - target,
  },
};

export const prediction_loss: Reference<'prediction_loss'> = (node, [z, targets, weights, lossScale]) => {
  const form = forms[node.attributes.loss];
  const outputs = node.inputs[0]!.shape[1]!;
  const factor = (index: number): number => (lossScale![0]! * weights![Math.floor(index / outputs)]!) / outputs;
  const loss = z!.reduce((sum, value, index) => sum + factor(index) * form.loss(value, targets![index]!), 0);
  return [Float64Array.of(loss), z!.map((value, index) => factor(index) * form.slope(value, targets![index]!))];
};
