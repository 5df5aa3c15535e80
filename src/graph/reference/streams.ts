import type { Reference } from './interpret.ts';
import { addScaled, dot } from './vectors.ts';

export const mix_streams: Reference<'mix_streams'> = (node, [x, weights]) => {
  const [rows, count] = node.inputs[1]!.shape as [number, number];
  const [outRows, width] = node.outputs[0]!.shape as [number, number];
  const outputs = outRows / rows;
  const inputs = count / outputs;
  const y = new Float64Array(outRows * width);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < outputs; j++)
      for (let i = 0; i < inputs; i++) {
        const number = node.attributes.transposed ? i * outputs + j : j * inputs + i;
        addScaled(y, (j * rows + row) * width, weights![row * count + number]!, x!, (i * rows + row) * width, width);
      }
  return [y];
};

export const stream_products: Reference<'stream_products'> = (node, [a, b]) => {
  const { rows } = node.attributes;
  const [ofA, ofB] = node.inputs.map(({ shape }) => shape[0]! / rows) as [number, number];
  const width = node.inputs[0]!.shape[1]!;
  const y = new Float64Array(rows * ofA * ofB);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < ofA; j++)
      for (let i = 0; i < ofB; i++)
        y[(row * ofA + j) * ofB + i] = dot(a!, (j * rows + row) * width, b!, (i * rows + row) * width, width);
  return [y];
};
