import { matMul } from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

export const matmul: Entry<'matmul'> = plain((node, run) => {
  const [a, b] = run.inputs(node);
  return [matMul(a!, b!, node.attributes.transposeA, node.attributes.transposeB)];
});
