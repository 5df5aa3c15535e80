import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { sameShape, type TensorType } from '../types.ts';

/**
 * (z [rows, outputs], targets f32 [rows, outputs], weights f32 [rows], lossScale f32 []) → (loss [], dz [rows, outputs]).
 *
 * loss = lossScale · Σ over rows of weight · the mean over outputs of l(z, target): (z − target)² (`squared_error`, as
 * torch's MSELoss), or max(z, 0) − z·target + log(1 + exp(−|z|)) (`binary_cross_entropy`, as BCEWithLogitsLoss). The
 * gradient comes with the loss; where nobody uses it, it is not computed.
 */
export const prediction_loss: OpDefinition<'prediction_loss'> = {
  flops: 'elementwise',
  isLoss: true,
  infer(inputs) {
    requireInputs(inputs, 'prediction_loss', 4);
    const [z, targets, weights] = inputs as [TensorType, TensorType, TensorType];
    const fits = z.shape.length === 2 && sameShape(z.shape, targets.shape) && sameShape(weights.shape, [z.shape[0]!]);
    requireShape(fits, () => `prediction_loss: ${show(z)}, ${show(targets)}, ${show(weights)} do not fit`);
    return [f32([]), f32(z.shape)];
  },
  gradient: (builder, node, [upstream], [needsPrediction]) =>
    upstream === undefined || !needsPrediction ? [] : [builder.mul(builder.output(node, 1), upstream)],
};
