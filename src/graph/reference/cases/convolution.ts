import type { Value, WindowAttributes } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

interface FeatureMaps {
  readonly window: WindowAttributes;
  readonly channels: number;
}

const featureMaps = (
  [batch, height, width]: readonly [number, number, number],
  channels: number,
  [kernel, stride, padding]: readonly [number, number, number],
): FeatureMaps => ({ window: { batch, height, width, kernel, stride, padding }, channels });

/** One pixel; odd sides that the stride does not divide; the windows of a ResNet's stem, stages and shortcuts. */
const shapes: readonly FeatureMaps[] = [
  featureMaps([1, 1, 1], 1, [1, 1, 0]),
  featureMaps([2, 5, 7], 3, [3, 2, 1]),
  featureMaps([1, 9, 6], 3, [7, 2, 3]),
  featureMaps([3, 4, 4], 5, [1, 2, 0]),
  featureMaps([1, 7, 7], 4, [2, 3, 1]),
  featureMaps([2, 14, 14], 64, [3, 1, 1]),
];

const title = ({ window, channels }: FeatureMaps): string => {
  const { batch, height, width, kernel, stride, padding } = window;
  return `${batch}×${height}×${width}×${channels}, kernel ${kernel}, stride ${stride}, padding ${padding}`;
};

const input = (data: CaseBuilder, name: string, { window, channels }: FeatureMaps, values?: readonly number[]): Value =>
  data.input(name, [window.batch * window.height * window.width, channels], values && [...values]);

const columnCases = (item: FeatureMaps): OpCase[] => [
  opCase(`im2col ${title(item)}`, 1, (data) => ({
    columns: data.builder.node('im2col', [input(data, 'x', item)], item.window),
  })),
  opCase(`col2im ${title(item)}`, item.window.kernel ** 2, (data) => {
    const { shape } = data.builder.node('im2col', [input(data, 'x', item)], item.window);
    return { x: data.builder.node('col2im', [data.input('columns', shape)], item.window) };
  }),
];

/** Few levels, so that most windows hold their largest value several times. */
const levels = (name: string, { window, channels }: FeatureMaps): number[] =>
  seededNumbers(name, window.batch * window.height * window.width * channels).map(Math.round);

const poolCase = (item: FeatureMaps): OpCase =>
  opCase(`max_pool and its gradient ${title(item)}`, item.window.kernel ** 2, (data) => {
    const { builder } = data;
    const x = input(data, 'x', item, levels(title(item), item));
    // No output may be all zero, which that of one pixel could be.
    const shifted = builder.add(x, builder.constant(-7));
    const y = builder.node('max_pool', [shifted], item.window);
    const dx = builder.node('max_pool_backward', [data.input('dy', y.shape), x], item.window);
    return { y, dx };
  });

/** More of the windows of ConvNeXt and EfficientNet: 7 with padding 3, 3 and 5 with a stride; the odd ones from above. */
const depthwiseShapes: readonly FeatureMaps[] = [
  ...shapes,
  featureMaps([2, 7, 9], 6, [7, 1, 3]),
  featureMaps([1, 11, 8], 70, [5, 2, 2]),
];

const depthwiseCases = (item: FeatureMaps): OpCase[] => {
  const { window, channels } = item;
  const weight = (data: CaseBuilder): Value => data.parameter('weight', [channels, 1, window.kernel, window.kernel]);
  return [
    opCase(`depthwise_convolution ${title(item)}`, window.kernel ** 2, (data) => ({
      y: data.builder.node('depthwise_convolution', [input(data, 'x', item), weight(data)], window),
    })),
    opCase(
      `depthwise_convolution_backward ${title(item)}`,
      Math.max(window.kernel ** 2, window.batch * window.height * window.width),
      (data) => {
        const x = input(data, 'x', item);
        const { shape } = data.builder.node('depthwise_convolution', [x, weight(data)], window);
        const inputs = [data.input('dy', shape), x, weight(data)];
        const [dx, dWeight] = data.builder.nodeOutputs('depthwise_convolution_backward', inputs, window);
        return { dx: dx!, dWeight: dWeight! };
      },
    ),
  ];
};

/** Columns far from 0, where a variance taken as mean(x²) − mean(x)² would lose its digits. */
const shifted = (data: CaseBuilder, rows: number, channels: number): Value =>
  data.input(
    'x',
    [rows, channels],
    seededNumbers(`batch_norm ${rows}×${channels}`, rows * channels).map((number) => number + 20),
  );

const normCases = ([rows, channels]: readonly [number, number]): OpCase[] => [
  // Rounding of x itself, of size 20, is what is left after its mean is taken away.
  opCase(`batch_norm in training ${rows}×${channels}, and running statistics`, 400 * rows, (data) => {
    const { builder } = data;
    const x = shifted(data, rows, channels);
    const [mean, variance] = builder.moments(x);
    const running = data.parameter('running', [channels], { kind: 'trained' });
    const difference = builder.add(variance, builder.neg(running));
    builder.accumulate(running, builder.scale(difference, 0.1), builder.constant(1));
    const [weight, bias] = [data.parameter('weight', [channels]), data.parameter('bias', [channels])];
    return { mean, variance, y: builder.batchNorm(x, mean, variance, weight, bias, 0.1) };
  }),
  opCase(`batch_norm_backward and moments_backward ${rows}×${channels}`, rows, (data) => {
    const { builder } = data;
    const [x, dy] = [data.input('x', [rows, channels]), data.input('dy', [rows, channels])];
    const vectors = ['mean', 'weight', 'dMean', 'dVariance'].map((name) => data.parameter(name, [channels]));
    const variance = data.parameter('variance', [channels], {
      values: seededNumbers('variance', channels).map((number) => number ** 2),
    });
    const [mean, weight, dMean, dVariance] = vectors as [Value, Value, Value, Value];
    const gradients = builder.nodeOutputs('batch_norm_backward', [dy, x, mean, variance, weight], { epsilon: 0.1 });
    const ofMoments = builder.node('moments_backward', [x, mean, dMean, dVariance], {});
    const names = ['dx', 'dMean', 'dVariance', 'dWeight', 'dBias'];
    return { ...Object.fromEntries(names.map((name, i) => [name, gradients[i]!])), ofMoments };
  }),
];

/** A weight [out, in, kernel, kernel] as published, in bf16 too: its product with the columns is the convolution. */
const convolutionCase = (dtype: 'f32' | 'bf16'): OpCase =>
  opCase(`convolution, ${dtype} weight`, 45, (data) => {
    const { builder } = data;
    const item = featureMaps([2, 5, 7], 5, [3, 2, 1]);
    const columns = builder.node('im2col', [input(data, 'x', item)], item.window);
    const weight = data.parameter('weight', [7, 5, 3, 3], { dtype });
    const y = builder.matmul(columns, builder.reshape(weight, [7, 45]), { transposeB: true });
    const total = data.parameter('gradient', [7, 5, 3, 3], { kind: 'gradient' });
    const gradient = builder.matmul(data.input('dy', y.shape), columns, { transposeA: true });
    builder.accumulate(total, builder.reshape(gradient, [7, 5, 3, 3]), data.input('keep', [], [1]));
    return { y };
  });

const normShapes = [
  [3, 1],
  [5, 13],
  [131, 64],
] as const;

export const convolutionCases: readonly OpCase[] = [
  ...shapes.flatMap(columnCases),
  ...shapes.map(poolCase),
  ...depthwiseShapes.flatMap(depthwiseCases),
  ...normShapes.flatMap(normCases),
  convolutionCase('f32'),
  convolutionCase('bf16'),
];
