import {
  clone,
  concat as concatTensors,
  reshape as reshapeTensor,
  split as splitTensor,
  sum,
} from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

export const reduce_sum: Entry<'reduce_sum'> = plain((node, run) => {
  const axes = Array.from({ length: node.attributes.leading }, (_, axis) => axis);
  return [sum(run.tensor(node.inputs[0]!), axes)];
});

export const reshape: Entry<'reshape'> = plain((node, run) => [
  reshapeTensor(run.tensor(node.inputs[0]!), [...node.attributes.shape]),
]);

export const detach: Entry<'detach'> = plain((node, run) => [clone(run.tensor(node.inputs[0]!))]);

export const split: Entry<'split'> = plain((node, run) =>
  splitTensor(run.tensor(node.inputs[0]!), [...node.attributes.sizes], 1),
);

export const concat: Entry<'concat'> = plain((node, run) => [concatTensors(run.inputs(node), 1)]);
