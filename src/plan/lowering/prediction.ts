import type { NodeOf } from '../../graph/types.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { sumRows } from './normalization.ts';

/** The loss of each row and, where it is used, its gradient in one dispatch; then the sum over rows. */
export function lowerPredictionLoss(lowering: Lowering, node: NodeOf<'prediction_loss'>): void {
  const [rows, outputs] = node.inputs[0]!.shape as [number, number];
  const gradient = lowering.isUsed(node, 1);
  const rowLoss = lowering.allocate(rows);
  lowering.emit<'prediction_loss'>({
    spec: { kernel: 'prediction_loss', loss: node.attributes.loss, gradient },
    storages: {
      ...lowering.inputs(node, 'predictions', 'targets', 'weights', 'lossScale'),
      rowLoss,
      gradient: gradient ? lowering.define(node, 1) : undefined,
    },
    uniforms: { rows, outputs },
    workgroups: flatWorkgroups(rows, lowering.profile),
    flops: 8 * rows * outputs,
  });
  sumRows(lowering, rowLoss, lowering.define(node, 0), rows, 1);
  for (const input of node.inputs) lowering.release(input);
}
