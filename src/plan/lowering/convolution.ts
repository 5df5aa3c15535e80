import { elementCount, type GraphNode, type NodeOf, type Value, type WindowAttributes } from '../../graph/types.ts';
import { windowPlaces } from '../../graph/window.ts';
import type { Storage } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { emitElementwise } from './elementwise.ts';
import { sumInChunks, sumRows } from './normalization.ts';

type WindowNode = Extract<GraphNode, { op: 'im2col' | 'col2im' | 'max_pool' | 'max_pool_backward' }>;

/** Every element of the output looks up the places or pixels that it comes from. */
export function lowerWindow(lowering: Lowering, node: WindowNode): void {
  const count = elementCount(node.outputs[0]!.shape);
  const images = node.op === 'im2col' || node.op === 'max_pool_backward' ? node.inputs.at(-1)! : node.outputs[0]!;
  const out = lowering.define(node);
  const common = {
    uniforms: windowUniforms(node.attributes, images.shape[1]!, count),
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: count,
  };
  if (node.op === 'max_pool_backward')
    lowering.emit<typeof node.op>({
      ...common,
      spec: { kernel: node.op },
      storages: { ...lowering.inputs(node, 'dy', 'x'), out },
    });
  else
    lowering.emit<typeof node.op>({
      ...common,
      spec: { kernel: node.op },
      storages: { ...lowering.inputs(node, 'x'), out },
    });
  releaseAll(lowering, node);
}

/** What every kernel over images of `channels` under a window is told. */
function windowUniforms({ batch: _, ...window }: WindowAttributes, channels: number, count: number) {
  const [down, across] = windowPlaces({ batch: 1, ...window });
  return { ...window, count, channels, down, across };
}

export function lowerDepthwise(lowering: Lowering, node: NodeOf<'depthwise_convolution'>): void {
  const { shape } = node.outputs[0]!;
  const count = elementCount(shape);
  lowering.emit<'depthwise_convolution'>({
    spec: { kernel: 'depthwise_convolution' },
    storages: { ...lowering.inputs(node, 'x', 'weight'), out: lowering.define(node) },
    uniforms: windowUniforms(node.attributes, shape[1]!, count),
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 2 * count * node.attributes.kernel ** 2,
  });
  releaseAll(lowering, node);
}

export function lowerDepthwiseBackward(lowering: Lowering, node: NodeOf<'depthwise_convolution_backward'>): void {
  const { dy, x, weight } = lowering.inputs(node, 'dy', 'x', 'weight');
  const [places, channels] = node.inputs[0]!.shape as [number, number];
  const area = node.attributes.kernel ** 2;
  const flops = 2 * places * channels * area;
  if (lowering.isUsed(node, 1))
    sumInChunks(lowering, lowering.define(node, 1), [places, channels * area], ({ partials, uniforms, workgroups }) =>
      lowering.emit<'depthwise_convolution_weight_gradient'>({
        spec: { kernel: 'depthwise_convolution_weight_gradient' },
        storages: { dy, x, out: partials },
        uniforms: { ...windowUniforms(node.attributes, channels, 0), ...uniforms },
        workgroups,
        flops,
      }),
    );
  if (lowering.isUsed(node, 0)) {
    const count = elementCount(node.outputs[0]!.shape);
    lowering.emit<'depthwise_convolution_input_gradient'>({
      spec: { kernel: 'depthwise_convolution_input_gradient' },
      storages: { x: dy, weight, out: lowering.define(node, 0) },
      uniforms: windowUniforms(node.attributes, channels, count),
      workgroups: flatWorkgroups(count, lowering.profile),
      flops,
    });
  }
  releaseAll(lowering, node);
}

/** Two passes over x: its mean first, so that columns far from 0 lose no digits. */
export function lowerMoments(lowering: Lowering, node: NodeOf<'moments'>): void {
  const shape = node.inputs[0]!.shape as [number, number];
  const [rows, channels] = shape;
  const x = lowering.storage(node.inputs[0]!);
  const [mean, variance] = [lowering.define(node, 0), lowering.define(node, 1)];
  sumRows(lowering, x, mean, rows, channels);
  emitScale(lowering, mean, channels, 1 / rows);
  sumInChunks(lowering, variance, shape, (chunks) =>
    lowering.emit<'squared_deviations'>({
      ...chunks,
      spec: { kernel: 'squared_deviations' },
      storages: { x, mean, out: chunks.partials },
      flops: 3 * rows * channels,
    }),
  );
  emitScale(lowering, variance, channels, 1 / rows);
  releaseAll(lowering, node);
}

export function lowerMomentsBackward(lowering: Lowering, node: NodeOf<'moments_backward'>): void {
  const [rows, channels] = node.inputs[0]!.shape as [number, number];
  lowering.emit<'moments_backward'>({
    spec: { kernel: 'moments_backward' },
    storages: { ...lowering.inputs(node, 'x', 'mean', 'dMean', 'dVariance'), dx: lowering.define(node) },
    uniforms: { count: rows * channels, channels, rows },
    workgroups: flatWorkgroups(rows * channels, lowering.profile),
    flops: 4 * rows * channels,
  });
  releaseAll(lowering, node);
}

export function lowerBatchNorm(lowering: Lowering, node: NodeOf<'batch_norm'>): void {
  const [rows, channels] = node.inputs[0]!.shape as [number, number];
  lowering.emit<'batch_norm'>({
    spec: { kernel: 'batch_norm' },
    storages: { ...lowering.inputs(node, 'x', 'mean', 'variance', 'weight', 'bias'), y: lowering.define(node) },
    uniforms: { count: rows * channels, channels, epsilon: node.attributes.epsilon },
    workgroups: flatWorkgroups(rows * channels, lowering.profile),
    flops: 5 * rows * channels,
  });
  releaseAll(lowering, node);
}

/** The sums over rows, what follows from them for each channel, and the gradient of x, each where it is read. */
export function lowerBatchNormBackward(lowering: Lowering, node: NodeOf<'batch_norm_backward'>): void {
  const { dy, x, mean, variance, weight } = lowering.inputs(node, 'dy', 'x', 'mean', 'variance', 'weight');
  const shape = node.inputs[1]!.shape as [number, number];
  const [rows, channels] = shape;
  const { epsilon } = node.attributes;
  if ([1, 2, 3, 4].some((index) => lowering.isUsed(node, index))) {
    const [dMean, dVariance, dWeight, dBias] = [1, 2, 3, 4].map((index) => lowering.define(node, index)) as [
      Storage,
      Storage,
      Storage,
      Storage,
    ];
    sumRows(lowering, dy, dBias, rows, channels);
    sumInChunks(lowering, dWeight, shape, (chunks) =>
      lowering.emit<'batch_norm_weight_gradient'>({
        ...chunks,
        spec: { kernel: 'batch_norm_weight_gradient' },
        storages: { dy, x, mean, out: chunks.partials },
        flops: 3 * rows * channels,
      }),
    );
    lowering.emit<'batch_norm_statistics_gradient'>({
      spec: { kernel: 'batch_norm_statistics_gradient' },
      storages: { dBias, variance, weight, dWeight, dMean, dVariance },
      uniforms: { count: channels, channels, epsilon },
      workgroups: flatWorkgroups(channels, lowering.profile),
      flops: 0,
    });
  }
  if (lowering.isUsed(node, 0)) {
    lowering.emit<'batch_norm_input_gradient'>({
      spec: { kernel: 'batch_norm_input_gradient' },
      storages: { dy, variance, weight, dx: lowering.define(node, 0) },
      uniforms: { count: rows * channels, channels, epsilon },
      workgroups: flatWorkgroups(rows * channels, lowering.profile),
      flops: 2 * rows * channels,
    });
  }
  releaseAll(lowering, node);
}

function emitScale(lowering: Lowering, x: Storage, count: number, factor: number): void {
  emitElementwise(lowering, { operation: 'scale', operands: [x], outputs: [x], inPlace: 0, count, factor });
}

function releaseAll(lowering: Lowering, { inputs }: { readonly inputs: readonly Value[] }): void {
  for (const input of inputs) lowering.release(input);
}
