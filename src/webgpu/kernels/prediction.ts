import type { PredictionLossSpec } from '../../plan/kernels/prediction.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/** z and t are one prediction and its target. exp is only taken of what is not positive. */
const forms: Readonly<Record<PredictionLossSpec['loss'], { loss: string; slope: string }>> = {
  squared_error: { loss: '(z - t) * (z - t)', slope: '2.0 * (z - t)' },
  binary_cross_entropy: {
    loss: 'max(z, 0.0) - z * t + log(1.0 + exp(-abs(z)))',
    slope: 'select(exp(z) / (1.0 + exp(z)), 1.0 / (1.0 + exp(-z)), z >= 0.0) - t',
  },
};

/** A thread computes one row: predictions and targets are read once, the gradient is written once. */
export function predictionLoss(spec: PredictionLossSpec): KernelText {
  const { loss, slope } = forms[spec.loss];
  return {
    workgroupSize: [64, 1, 1],
    body: `let row = ${flatIndex};
if (row < dims.rows) {
let factor = lossScale[0] * weights[row] / f32(dims.outputs);
var sum = 0.0;
for (var i = row * dims.outputs; i < (row + 1u) * dims.outputs; i++) {
  let z = predictions[i];
  let t = targets[i];
  sum += ${loss};
${spec.gradient ? `  gradient[i] = factor * (${slope});` : ''}
}
rowLoss[row] = factor * sum;
}`,
  };
}
