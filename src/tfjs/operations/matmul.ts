import { matMul } from '@tensorflow/tfjs-core';
import type { Evaluate } from '../run.ts';

export const matmul: Evaluate<'matmul'> = (node, run) => {
  const [a, b] = run.inputs(node);
  return [matMul(a!, b!, node.attributes.transposeA, node.attributes.transposeB)];
};
