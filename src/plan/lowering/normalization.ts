import { type FloatDType, type NodeOf, rmsNormBackwardInputs, type Value } from '../../graph/types.ts';
import type { Uniforms } from '../kernels.ts';
import type { Storage } from '../storage.ts';
import type { SumAddend } from './addend.ts';
import { foldWorkgroups, type Lowering } from './context.ts';
import type { NormBackward } from './fusion.ts';

/** Workgroups of a row kernel: one row each, or 64 where each thread takes a row. */
export const rowWorkgroups = (rows: number, lowering: Lowering): readonly [number, number, number] =>
  foldWorkgroups(lowering.profile.software ? Math.ceil(rows / 64) : rows, lowering.profile);

export function lowerRmsNorm(lowering: Lowering, node: NodeOf<'rms_norm'>): void {
  const [x, weight] = node.inputs as [Value, Value?];
  const [rows, width] = x.shape as [number, number];
  lowering.emit<'rms_norm'>({
    spec: {
      kernel: 'rms_norm',
      weightType: (weight?.dtype as FloatDType | undefined) ?? 'none',
      perThread: lowering.profile.software,
      vec4: width % 4 === 0,
    },
    storages: {
      x: lowering.storage(x),
      weight: weight && lowering.storage(weight),
      y: lowering.define(node, 0),
      rstd: lowering.define(node, 1),
    },
    uniforms: { rows, width, epsilon: node.attributes.epsilon, weightOffset: node.attributes.weightOffset ?? 0 },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 4 * rows * width,
  });
  for (const input of node.inputs) lowering.release(input);
}

/** The gradients through an rms_norm; that of x is left to the sum that reads it, where one does. */
export function lowerRmsNormBackward(lowering: Lowering, node: NodeOf<'rms_norm_backward'>): void {
  const { dy, x, rstd } = rmsNormBackwardInputs(node.inputs);
  const [rows, width] = x.shape as [number, number];
  if (lowering.isUsed(node, 1)) {
    const read = { dy: lowering.storage(dy), x: lowering.storage(x), rstd: lowering.storage(rstd) };
    sumInChunks(lowering, lowering.define(node, 1), [rows, width], (chunks) =>
      lowering.emit<'rms_norm_weight_gradient'>({
        ...chunks,
        spec: { kernel: 'rms_norm_weight_gradient' },
        storages: { ...read, out: chunks.partials },
        flops: 4 * rows * width,
      }),
    );
  }
  finishNormBackward(lowering, node);
}

export function lowerLayerNorm(lowering: Lowering, node: NodeOf<'layer_norm'>): void {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  lowering.emit<'layer_norm'>({
    spec: { kernel: 'layer_norm', perThread: lowering.profile.software, vec4: width % 4 === 0 },
    storages: {
      ...lowering.inputs(node, 'x', 'weight', 'bias'),
      y: lowering.define(node, 0),
      statistics: lowering.define(node, 1),
    },
    uniforms: { rows, width, epsilon: node.attributes.epsilon },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 8 * rows * width,
  });
  for (const input of node.inputs) lowering.release(input);
}

/** The gradients through a layer_norm; that of x is left to the sum that reads it, where one does. */
export function lowerLayerNormBackward(lowering: Lowering, node: NodeOf<'layer_norm_backward'>): void {
  const { dy, x, statistics } = lowering.inputs(node, 'dy', 'x', 'weight', 'statistics');
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  if (lowering.isUsed(node, 1)) {
    sumInChunks(lowering, lowering.define(node, 1), [rows, width], (chunks) =>
      lowering.emit<'layer_norm_weight_gradient'>({
        ...chunks,
        spec: { kernel: 'layer_norm_weight_gradient' },
        storages: { dy, x, statistics, out: chunks.partials },
        flops: 4 * rows * width,
      }),
    );
  }
  if (lowering.isUsed(node, 2)) sumRows(lowering, dy, lowering.define(node, 2), rows, width);
  finishNormBackward(lowering, node);
}

function finishNormBackward(lowering: Lowering, node: NormBackward): void {
  if (lowering.fusion.isAdded(node)) return;
  if (lowering.isUsed(node, 0)) lowerNormInput(lowering, node, lowering.define(node, 0), { kind: 'none' });
  else releaseAll(lowering, node);
}

/** The gradient of a norm's x, added to what is there already, into `out`. */
export function lowerNormInput(lowering: Lowering, node: NormBackward, out: Storage, addend: SumAddend): void {
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  const form = { perThread: lowering.profile.software, vec4: width % 4 === 0, addend: addend.kind };
  const written = { dx: out, addend: 'storage' in addend ? addend.storage : undefined };
  const common = {
    workgroups: rowWorkgroups(rows, lowering),
    flops: 12 * rows * width,
  };
  lowering.at(node, () => {
    if (node.op === 'rms_norm_backward') {
      const { dy, x, weight, rstd } = rmsNormBackwardInputs(node.inputs);
      const weightType = (weight?.dtype as FloatDType | undefined) ?? 'none';
      lowering.emit<'rms_norm_backward'>({
        ...common,
        spec: { kernel: node.op, weightType, ...form },
        storages: {
          dy: lowering.storage(dy),
          x: lowering.storage(x),
          weight: weight && lowering.storage(weight),
          rstd: lowering.storage(rstd),
          ...written,
        },
        uniforms: { rows, width, weightOffset: node.attributes.weightOffset ?? 0 },
      });
    } else {
      lowering.emit<'layer_norm_backward'>({
        ...common,
        spec: { kernel: node.op, ...form },
        storages: { ...lowering.inputs(node, 'dy', 'x', 'weight', 'statistics'), ...written },
        uniforms: { rows, width },
      });
    }
  });
  releaseAll(lowering, node);
}

function releaseAll(lowering: Lowering, node: NormBackward): void {
  for (const input of node.inputs) lowering.release(input);
}

/** In how many pieces a sum over rows is cut so that enough threads share it; no piece is empty. */
function chunkCount(rows: number): number {
  const perChunk = Math.ceil(Math.sqrt(rows));
  return Math.ceil(rows / perChunk);
}

/** The first pass of a sum over rows: what a kernel needs to sum each chunk, and where it puts the sums. */
interface ChunkedSum {
  readonly partials: Storage;
  readonly uniforms: Uniforms<'column_sum'>;
  readonly workgroups: readonly [number, number, number];
}

function chunkedSum(rows: number, columns: number, chunks: number, partials: Storage): ChunkedSum {
  return {
    partials,
    uniforms: { rows, columns, rowsPerChunk: Math.ceil(rows / chunks) },
    workgroups: [Math.ceil(columns / 64), chunks, 1],
  };
}

function emitColumnSum(
  lowering: Lowering,
  x: Storage,
  out: Storage,
  rows: number,
  columns: number,
  chunks: number,
): void {
  const { uniforms, workgroups } = chunkedSum(rows, columns, chunks, out);
  lowering.emit<'column_sum'>({
    spec: { kernel: 'column_sum' },
    storages: { x, out },
    uniforms,
    workgroups,
    flops: rows * columns,
  });
}

/** out[column] = Σ over rows of what the kernel that is emitted sums, in two passes of a fixed order. */
export function sumInChunks(
  lowering: Lowering,
  out: Storage,
  [rows, columns]: readonly [number, number],
  emitFirst: (chunks: ChunkedSum) => void,
): void {
  const chunks = chunkCount(rows);
  const partials = lowering.allocate(chunks * columns);
  emitFirst(chunkedSum(rows, columns, chunks, partials));
  emitColumnSum(lowering, partials, out, chunks, columns, 1);
}

/** out[column] = Σ over rows of x[rows, columns], in two passes where there are many. */
export function sumRows(lowering: Lowering, x: Storage, out: Storage, rows: number, columns: number): void {
  const chunks = chunkCount(rows);
  if (chunks <= 8) {
    emitColumnSum(lowering, x, out, rows, columns, 1);
    return;
  }
  const partials = lowering.allocate(chunks * columns);
  emitColumnSum(lowering, x, partials, rows, columns, chunks);
  emitColumnSum(lowering, partials, out, chunks, columns, 1);
}
