import { type NodeOf, rowStride, type Value, type WeightDType } from '../../graph/types.ts';
import type { Lowering } from './context.ts';
import { rowWorkgroups } from './normalization.ts';

export function lowerInverseNorm(lowering: Lowering, node: NodeOf<'inverse_norm'>): void {
  const [weight, a, b] = node.inputs as [Value, Value, Value];
  const [rank, width] = a.shape as [number, number];
  const rows = b.shape[0]!;
  const { scale, transposed } = node.attributes;
  const [rowStep, columnStep] = transposed ? [1, rowStride(weight)] : [rowStride(weight), 1];
  lowering.emit<'inverse_norm'>({
    spec: { kernel: 'inverse_norm', weightType: weight.dtype as WeightDType, perThread: lowering.profile.software },
    storages: { ...lowering.inputs(node, 'weight', 'a', 'b'), out: lowering.define(node) },
    uniforms: { rows, width, rank, rowStride: rowStep, columnStride: columnStep, scale },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 2 * rows * width * (rank + 1),
  });
  for (const input of node.inputs) lowering.release(input);
}
