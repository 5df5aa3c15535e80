import { add, matMul, mul, rsqrt, square, sum, transpose } from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

export const inverse_norm: Entry<'inverse_norm'> = plain((node, run) => {
  const [weight, a, b] = run.inputs(node);
  const { scale, transposed } = node.attributes;
  const adapted = add(transposed ? transpose(weight!) : weight!, mul(matMul(b!, a!), scale));
  return [rsqrt(sum(square(adapted), 1))];
});
