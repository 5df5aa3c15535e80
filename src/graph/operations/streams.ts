/**
 * Streams that are kept side by side between layers (AltUp, arXiv 2301.13310): as many matrices [rows, width] under each
 * other, mixed by numbers that each row has of its own. With one stream each row is multiplied by a number.
 */
import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import type { TensorType, Value } from '../types.ts';

const isMatrix = ({ shape, dtype }: TensorType): boolean => shape.length === 2 && dtype === 'f32';

/**
 * (x [inputs · rows, width], weights [rows, outputs · inputs]) → [outputs · rows, width]: row r of output j is the sum over
 * i of row r of input i times its weight, number j · inputs + i of row r (`transposed`: i · outputs + j).
 */
export const mix_streams: OpDefinition<'mix_streams'> = {
  flops: ({ inputs: [x, weights], outputs: [y] }) => productFlops(y!.shape, x!.shape[0]! / weights!.shape[0]!),
  infer(inputs) {
    requireInputs(inputs, 'mix_streams', 2);
    const [x, weights] = inputs as [TensorType, TensorType];
    const [rows, count] = weights.shape as [number, number];
    const streams = x.shape[0]! / rows;
    const fits = isMatrix(x) && isMatrix(weights) && Number.isInteger(streams) && count % streams === 0;
    requireShape(fits, () => `mix_streams: ${show(x)} by ${show(weights)}`);
    return [f32([(count / streams) * rows, x.shape[1]!])];
  },
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    const [x, weights] = node.inputs as [Value, Value];
    const { transposed } = node.attributes;
    const [a, b] = transposed ? [x, upstream] : [upstream, x];
    return [
      needs[0] ? builder.node('mix_streams', [upstream, weights], { transposed: !transposed }) : undefined,
      needs[1] ? builder.streamProducts(a, b, weights.shape[0]!) : undefined,
    ];
  },
};

/**
 * (a [n · rows, width], b [m · rows, width]) → [rows, n · m]: number j · m + i of row r is the product of row r of stream j
 * of a and row r of stream i of b.
 */
export const stream_products: OpDefinition<'stream_products'> = {
  flops: ({ inputs: [a], outputs: [y] }) => productFlops(y!.shape, a!.shape[1]!),
  infer(inputs, { rows }) {
    requireInputs(inputs, 'stream_products', 2);
    const [a, b] = inputs as [TensorType, TensorType];
    const counts = inputs.map(({ shape }) => shape[0]! / rows);
    const fits = isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[1] && counts.every(Number.isInteger);
    requireShape(fits, () => `stream_products: ${show(a)} and ${show(b)} as streams of ${rows} rows`);
    return [f32([rows, counts[0]! * counts[1]!])];
  },
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    const [a, b] = node.inputs as [Value, Value];
    return [
      needs[0] ? builder.mixStreams(b, upstream) : undefined,
      needs[1] ? builder.node('mix_streams', [a, upstream], { transposed: true }) : undefined,
    ];
  },
};
