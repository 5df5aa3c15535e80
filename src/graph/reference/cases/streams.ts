import { type OpCase, opCase } from '../case-data.ts';

/** Rows, width, streams of the input, streams of the result. */
const mixes = [
  [1, 1, 1, 1],
  [7, 5, 1, 3],
  [67, 34, 4, 4],
  [5, 132, 3, 2],
  [3, 2048, 4, 1],
] as const;

export const streamCases: readonly OpCase[] = mixes.flatMap(([rows, width, inputs, outputs]) => {
  const title = `${rows} rows of ${width}, ${inputs} streams and ${outputs}`;
  return [
    ...[false, true].map((transposed) =>
      opCase(`mix_streams of ${title}${transposed ? ' transposed' : ''}`, inputs, (data) => {
        const x = data.input('x', [inputs * rows, width]);
        const weights = data.input('weights', [rows, outputs * inputs]);
        return { y: data.builder.node('mix_streams', [x, weights], { transposed }) };
      }),
    ),
    opCase(`stream_products of ${title}`, width, (data) => {
      const [a, b] = [data.input('a', [inputs * rows, width]), data.input('b', [outputs * rows, width])];
      return { y: data.builder.streamProducts(a, b, rows) };
    }),
  ];
});
