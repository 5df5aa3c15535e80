import type { Tensor3D } from '@tensorflow/tfjs-core';
import { matMul, reshape, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

/** Streams under each other as those of each row: [rows, streams, width]. */
const byRow = (x: Tensor, rows: number): Tensor3D =>
  transpose(reshape(x, [x.shape[0]! / rows, rows, x.shape[1]!]), [1, 0, 2]) as Tensor3D;

export const mix_streams: Entry<'mix_streams'> = plain((node, run) => {
  const [x, weights] = run.inputs(node) as [Tensor, Tensor];
  const { transposed } = node.attributes;
  const [rows, count] = weights.shape as [number, number];
  const inputs = x.shape[0]! / rows;
  const sides = transposed ? [inputs, count / inputs] : [count / inputs, inputs];
  const mixed = matMul(reshape(weights, [rows, ...sides]), byRow(x, rows), transposed);
  return [reshape(transpose(mixed, [1, 0, 2]), node.outputs[0]!.shape as [number, number])];
});

export const stream_products: Entry<'stream_products'> = plain((node, run) => {
  const { rows } = node.attributes;
  const [a, b] = run.inputs(node).map((x) => byRow(x, rows)) as [Tensor3D, Tensor3D];
  return [reshape(matMul(a, b, false, true), node.outputs[0]!.shape as [number, number])];
});
