import type { NodeOf, Value } from '../../graph/types.ts';
import type { FloatType } from '../kernels.ts';
import { reads, type Storage, writes } from '../storage.ts';
import { foldWorkgroups, type Lowering } from './context.ts';
import type { NormBackward } from './fusion.ts';
import type { SumAddend } from './matmul.ts';

/** Workgroups of a row kernel: one row each, or 64 where each thread takes a row. */
export const rowWorkgroups = (rows: number, lowering: Lowering): readonly [number, number, number] =>
  foldWorkgroups(lowering.profile.software ? Math.ceil(rows / 64) : rows, lowering.profile);

export function lowerRmsNorm(lowering: Lowering, node: NodeOf<'rms_norm'>): void {
  const [x, weight] = node.inputs as [Value, Value];
  const [rows, width] = x.shape as [number, number];
  const [y, rstd] = [lowering.define(node, 0), lowering.define(node, 1)];
  lowering.emit<'rms_norm'>({
    spec: {
      kernel: 'rms_norm',
      weightType: weight.dtype as FloatType,
      perThread: lowering.profile.software,
      vec4: width % 4 === 0,
    },
    uses: [reads(lowering.storage(x)), reads(lowering.storage(weight)), writes(y), writes(rstd)],
    uniforms: { rows, width, epsilon: node.attributes.epsilon, weightOffset: node.attributes.weightOffset ?? 0 },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 4 * rows * width,
  });
  for (const input of node.inputs) lowering.release(input);
}

/** The gradients through an rms_norm; that of x is left to the sum that reads it, where one does. */
export function lowerRmsNormBackward(lowering: Lowering, node: NodeOf<'rms_norm_backward'>): void {
  const [dy, x, , rstd] = node.inputs.map((value) => lowering.storage(value)) as Storage[];
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  if (lowering.isUsed(node, 1)) {
    const partial = emitWeightGradient(lowering, 'rms_norm_weight_gradient', [dy!, x!, rstd!], rows, width);
    emitColumnSum(lowering, partial, lowering.define(node, 1), chunkCount(rows), width, 1);
  }
  finishNormBackward(lowering, node);
}

export function lowerLayerNorm(lowering: Lowering, node: NodeOf<'layer_norm'>): void {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  lowering.emit<'layer_norm'>({
    spec: { kernel: 'layer_norm', perThread: lowering.profile.software, vec4: width % 4 === 0 },
    uses: [
      ...node.inputs.map((value) => reads(lowering.storage(value))),
      writes(lowering.define(node, 0)),
      writes(lowering.define(node, 1)),
    ],
    uniforms: { rows, width, epsilon: node.attributes.epsilon },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 8 * rows * width,
  });
  for (const input of node.inputs) lowering.release(input);
}

/** The gradients through a layer_norm; that of x is left to the sum that reads it, where one does. */
export function lowerLayerNormBackward(lowering: Lowering, node: NodeOf<'layer_norm_backward'>): void {
  const [dy, x, , statistics] = node.inputs.map((value) => lowering.storage(value)) as Storage[];
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  if (lowering.isUsed(node, 1)) {
    const partial = emitWeightGradient(lowering, 'layer_norm_weight_gradient', [dy!, x!, statistics!], rows, width);
    emitColumnSum(lowering, partial, lowering.define(node, 1), chunkCount(rows), width, 1);
  }
  if (lowering.isUsed(node, 2)) sumRows(lowering, dy!, lowering.define(node, 2), rows, width);
  finishNormBackward(lowering, node);
}

/** Sums of dy · x̂ over chunks of rows: [chunks, width]. */
function emitWeightGradient(
  lowering: Lowering,
  kernel: 'rms_norm_weight_gradient' | 'layer_norm_weight_gradient',
  operands: readonly Storage[],
  rows: number,
  width: number,
): Storage {
  const chunks = chunkCount(rows);
  const partial = lowering.allocate(chunks * width);
  lowering.emit<typeof kernel>({
    spec: { kernel },
    uses: [...operands.map(reads), writes(partial)],
    uniforms: { rows, columns: width, rowsPerChunk: Math.ceil(rows / chunks) },
    workgroups: [Math.ceil(width / 64), chunks, 1],
    flops: 4 * rows * width,
  });
  return partial;
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
  const common = {
    uses: [
      ...node.inputs.map((value) => reads(lowering.storage(value))),
      writes(out),
      ...('storage' in addend ? [reads(addend.storage)] : []),
    ],
    workgroups: rowWorkgroups(rows, lowering),
    flops: 12 * rows * width,
  };
  lowering.at(node, () => {
    if (node.op === 'rms_norm_backward') {
      const weightType = node.inputs[2]!.dtype as FloatType;
      const uniforms = { rows, width, weightOffset: node.attributes.weightOffset ?? 0 };
      lowering.emit<'rms_norm_backward'>({ ...common, spec: { kernel: node.op, weightType, ...form }, uniforms });
    } else {
      lowering.emit<'layer_norm_backward'>({
        ...common,
        spec: { kernel: node.op, ...form },
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
export function chunkCount(rows: number): number {
  const perChunk = Math.ceil(Math.sqrt(rows));
  return Math.ceil(rows / perChunk);
}

export function emitColumnSum(
  lowering: Lowering,
  x: Storage,
  out: Storage,
  rows: number,
  columns: number,
  chunks: number,
): void {
  lowering.emit<'column_sum'>({
    spec: { kernel: 'column_sum' },
    uses: [reads(x), writes(out)],
    uniforms: { rows, columns, rowsPerChunk: Math.ceil(rows / chunks) },
    workgroups: [Math.ceil(columns / 64), chunks, 1],
    flops: rows * columns,
  });
}

/** out[column] = Σ over rows of x[rows, columns], in two passes of a fixed order. */
export function sumRows(lowering: Lowering, x: Storage, out: Storage, rows: number, columns: number): void {
  const chunks = chunkCount(rows);
  if (chunks <= 8) {
    emitColumnSum(lowering, x, out, rows, columns, 1);
    return;
  }
  const partial = lowering.allocate(chunks * columns);
  emitColumnSum(lowering, x, partial, rows, columns, chunks);
  emitColumnSum(lowering, partial, out, chunks, columns, 1);
}
