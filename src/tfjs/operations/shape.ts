import { concat as concatTensors, reshape as reshapeTensor, split as splitTensor, sum } from '@tensorflow/tfjs-core';
import type { Evaluate } from '../run.ts';

export const reduce_sum: Evaluate<'reduce_sum'> = (node, run) => {
  const axes = Array.from({ length: node.attributes.leading }, (_, axis) => axis);
  return [sum(run.tensor(node.inputs[0]!), axes)];
};

export const reshape: Evaluate<'reshape'> = (node, run) => [
  reshapeTensor(run.tensor(node.inputs[0]!), [...node.attributes.shape]),
];

export const split: Evaluate<'split'> = (node, run) =>
  splitTensor(run.tensor(node.inputs[0]!), [...node.attributes.sizes], 1);

export const concat: Evaluate<'concat'> = (node, run) => [concatTensors(run.inputs(node), 1)];
