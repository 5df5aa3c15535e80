import { kernel, reads, writes } from './definition.ts';

/**
 * For each row: rowLoss = lossScale · weight · the mean of l(prediction, target) over its outputs, and with `gradient`
 * that of each prediction. One thread a row, flat.
 */
export interface PredictionLossSpec {
  readonly kernel: 'prediction_loss';
  readonly loss: 'squared_error' | 'binary_cross_entropy';
  readonly gradient: boolean;
}

export const predictionKernels = {
  prediction_loss: kernel({
    uniforms: { rows: 'u32', outputs: 'u32' },
    bindings: ({ gradient }: PredictionLossSpec) => ({
      predictions: reads('f32'),
      targets: reads('f32'),
      weights: reads('f32'),
      lossScale: reads('f32'),
      rowLoss: writes('f32'),
      gradient: gradient ? writes('f32') : undefined,
    }),
  }),
};
