import type { NodeOf, Value } from '../../graph/types.ts';
import { reads, writes } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { sumRows } from './normalization.ts';

/** The loss of each row and, where it is used, its gradient in one dispatch; then the sum over rows. */
export function lowerPredictionLoss(lowering: Lowering, node: NodeOf<'prediction_loss'>): void {
  const [rows, outputs] = node.inputs[0]!.shape as [number, number];
  const gradient = lowering.isUsed(node, 1);
  const rowLoss = lowering.allocate(rows);
  const operands = (node.inputs as readonly Value[]).map((input) => reads(lowering.storage(input)));
  lowering.emit<'prediction_loss'>({
    spec: { kernel: 'prediction_loss', loss: node.attributes.loss, gradient },
    uses: [...operands, writes(rowLoss), ...(gradient ? [writes(lowering.define(node, 1))] : [])],
    uniforms: { rows, outputs },
    workgroups: flatWorkgroups(rows, lowering.profile),
    flops: 8 * rows * outputs,
  });
  sumRows(lowering, rowLoss, lowering.define(node, 0), rows, 1);
  for (const input of node.inputs) lowering.release(input);
}
