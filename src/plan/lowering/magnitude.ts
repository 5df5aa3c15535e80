import { type NodeOf, rowStride, type Value, type WeightDType } from '../../graph/types.ts';
import type { Lowering } from './context.ts';
import { rowWorkgroups } from './normalization.ts';
import { segmentsOf } from './tokens.ts';

/** The rows of a weight that lies in several segments come one segment after the other. */
export function lowerInverseNorm(lowering: Lowering, node: NodeOf<'inverse_norm'>): void {
  const [weight, a, b] = node.inputs as [Value, Value, Value];
  const [rank, width] = a.shape as [number, number];
  const { scale, transposed } = node.attributes;
  const [rowStep, columnStep] = transposed ? [1, rowStride(weight)] : [rowStride(weight), 1];
  const whole = () => ({ rowBegin: 0, rowEnd: b.shape[0]!, storage: lowering.storage(weight) });
  const storages = { a: lowering.storage(a), b: lowering.storage(b), out: lowering.define(node) };
  for (const { rowBegin, rowEnd, storage } of transposed ? [whole()] : segmentsOf(lowering, weight)) {
    const rows = rowEnd - rowBegin;
    lowering.emit<'inverse_norm'>({
      spec: { kernel: 'inverse_norm', weightType: weight.dtype as WeightDType, perThread: lowering.profile.software },
      storages: { ...storages, weight: storage },
      uniforms: { rows, width, rowBegin, rank, rowStride: rowStep, columnStride: columnStep, scale },
      workgroups: rowWorkgroups(rows, lowering),
      flops: 2 * rows * width * (rank + 1),
    });
  }
  for (const input of node.inputs) lowering.release(input);
}
