import { elementCount } from '../types.ts';
import type { Reference } from './interpret.ts';

export const reduce_sum: Reference<'reduce_sum'> = (node, [x]) => {
  const sums = new Float64Array(elementCount(node.outputs[0]!.shape));
  x!.forEach((value, i) => {
    sums[i % sums.length]! += value;
  });
  return [sums];
};

/** The same memory: a reshaped parameter is still that parameter. */
export const reshape: Reference<'reshape'> = (_node, [x]) => [x!];

export const detach: Reference<'detach'> = (_node, [x]) => [x!];

/** Copies columns `from` … of rows [rows, width] of x to columns `to` … of rows of y. */
function copyColumns(x: Float64Array, from: number, width: number, y: Float64Array, to: number, total: number): void {
  for (let row = 0; row * width < x.length; row++)
    for (let i = 0; i < Math.min(width - from, total - to); i++) y[row * total + to + i] = x[row * width + from + i]!;
}

export const split: Reference<'split'> = (node, [x]) => {
  const width = node.inputs[0]!.shape[1]!;
  let from = 0;
  return node.outputs.map(({ shape }) => {
    const piece = new Float64Array(elementCount(shape));
    copyColumns(x!, from, width, piece, 0, shape[1]!);
    from += shape[1]!;
    return piece;
  });
};

export const concat: Reference<'concat'> = (node, pieces) => {
  const total = node.outputs[0]!.shape[1]!;
  const whole = new Float64Array(elementCount(node.outputs[0]!.shape));
  let to = 0;
  pieces.forEach((piece, index) => {
    const width = node.inputs[index]!.shape[1]!;
    copyColumns(piece, 0, width, whole, to, total);
    to += width;
  });
  return [whole];
};
