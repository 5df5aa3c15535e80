import { elementCount, type GraphNode, type NodeOf, type Value } from '../../graph/types.ts';
import { windowPlaces } from '../../graph/window.ts';
import { reads, type Storage, writes } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { emitElementwise } from './elementwise.ts';
import { chunkCount, emitColumnSum, sumRows } from './normalization.ts';

type WindowNode = Extract<GraphNode, { op: 'im2col' | 'col2im' | 'max_pool' | 'max_pool_backward' }>;

/** Every element of the output looks up the places or pixels that it comes from. */
export function lowerWindow(lowering: Lowering, node: WindowNode): void {
  const { batch: _, ...window } = node.attributes;
  const [down, across] = windowPlaces(node.attributes);
  const count = elementCount(node.outputs[0]!.shape);
  const pictures = node.op === 'im2col' || node.op === 'max_pool_backward' ? node.inputs.at(-1)! : node.outputs[0]!;
  const uses = node.inputs.map((input) => reads(lowering.storage(input)));
  lowering.emit<typeof node.op>({
    spec: { kernel: node.op },
    uses: [...uses, writes(lowering.define(node))],
    uniforms: { ...window, count, channels: pictures.shape[1]!, down, across },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: count,
  });
  releaseAll(lowering, node);
}

/** Two passes over x: its mean first, so that columns far from 0 lose no digits. */
export function lowerMoments(lowering: Lowering, node: NodeOf<'moments'>): void {
  const [rows, channels] = node.inputs[0]!.shape as [number, number];
  const x = lowering.storage(node.inputs[0]!);
  const [mean, variance] = [lowering.define(node, 0), lowering.define(node, 1)];
  sumRows(lowering, x, mean, rows, channels);
  emitScale(lowering, mean, channels, 1 / rows);
  emitChannelSum(lowering, 'squared_deviations', [x, mean], variance, [rows, channels]);
  emitScale(lowering, variance, channels, 1 / rows);
  releaseAll(lowering, node);
}

export function lowerMomentsBackward(lowering: Lowering, node: NodeOf<'moments_backward'>): void {
  const [rows, channels] = node.inputs[0]!.shape as [number, number];
  lowering.emit<'moments_backward'>({
    spec: { kernel: 'moments_backward' },
    uses: [...node.inputs.map((input) => reads(lowering.storage(input))), writes(lowering.define(node))],
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
    uses: [...node.inputs.map((input) => reads(lowering.storage(input))), writes(lowering.define(node))],
    uniforms: { count: rows * channels, channels, epsilon: node.attributes.epsilon },
    workgroups: flatWorkgroups(rows * channels, lowering.profile),
    flops: 5 * rows * channels,
  });
  releaseAll(lowering, node);
}

/** The sums over rows, what follows from them for each channel, and the gradient of x, each where it is read. */
export function lowerBatchNormBackward(lowering: Lowering, node: NodeOf<'batch_norm_backward'>): void {
  const [dy, x, mean, variance, weight] = node.inputs.map((value) => lowering.storage(value)) as [
    Storage,
    Storage,
    Storage,
    Storage,
    Storage,
  ];
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
    emitChannelSum(lowering, 'batch_norm_weight_gradient', [dy, x, mean], dWeight, shape);
    lowering.emit<'batch_norm_statistics_gradient'>({
      spec: { kernel: 'batch_norm_statistics_gradient' },
      uses: [...[dBias, variance, weight].map(reads), ...[dWeight, dMean, dVariance].map(writes)],
      uniforms: { count: channels, channels, epsilon },
      workgroups: flatWorkgroups(channels, lowering.profile),
    });
  }
  if (lowering.isUsed(node, 0)) {
    lowering.emit<'batch_norm_input_gradient'>({
      spec: { kernel: 'batch_norm_input_gradient' },
      uses: [...[dy, variance, weight].map(reads), writes(lowering.define(node, 0))],
      uniforms: { count: rows * channels, channels, epsilon },
      workgroups: flatWorkgroups(rows * channels, lowering.profile),
      flops: 2 * rows * channels,
    });
  }
  releaseAll(lowering, node);
}

/** out[channel] = Σ over rows of the term that the kernel computes, in two passes of a fixed order. */
function emitChannelSum(
  lowering: Lowering,
  kernel: 'squared_deviations' | 'batch_norm_weight_gradient',
  operands: readonly Storage[],
  out: Storage,
  [rows, channels]: readonly [number, number],
): void {
  const chunks = chunkCount(rows);
  const partial = lowering.allocate(chunks * channels);
  lowering.emit<typeof kernel>({
    spec: { kernel },
    uses: [...operands.map(reads), writes(partial)],
    uniforms: { rows, columns: channels, rowsPerChunk: Math.ceil(rows / chunks) },
    workgroups: [Math.ceil(channels / 64), chunks, 1],
    flops: 3 * rows * channels,
  });
  emitColumnSum(lowering, partial, out, chunks, channels, 1);
}

function emitScale(lowering: Lowering, x: Storage, count: number, factor: number): void {
  emitElementwise(lowering, { operation: 'scale', operands: [x], outputs: [x], inPlace: 0, count, factor });
}

function releaseAll(lowering: Lowering, { inputs }: { readonly inputs: readonly Value[] }): void {
  for (const input of inputs) lowering.release(input);
}
