import { reshape as reshapeTensor, sum } from '@tensorflow/tfjs-core';
import type { Evaluate } from '../run.ts';

export const reduce_sum: Evaluate<'reduce_sum'> = (node, run) => {
  const axes = Array.from({ length: node.attributes.leading }, (_, axis) => axis);
  return [sum(run.tensor(node.inputs[0]!), axes)];
};

export const reshape: Evaluate<'reshape'> = (node, run) => [
  reshapeTensor(run.tensor(node.inputs[0]!), [...node.attributes.shape]),
];
