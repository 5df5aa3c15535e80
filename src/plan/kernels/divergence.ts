import { kernel, reads, writes } from './definition.ts';
import type { RowForm } from './rows.ts';

/**
 * For each row r of two chunks of logits [rows, vocabulary], with p the softmax of `base` and q that of `tuned`, at firstRow + r:
 * divergence = Σ p·log(p/q), baseLoss = −log p[label], loss = −log q[label]; 0 for a label < 0. With `softCap` logits are first
 * bounded by softCap·tanh(logit/softCap).
 */
export interface DivergenceRowsSpec extends RowForm {
  readonly kernel: 'divergence_rows';
  readonly softCap: boolean;
}

export const divergenceKernels = {
  divergence_rows: kernel({
    uniforms: { rows: 'u32', firstRow: 'u32', vocabulary: 'u32', softCap: 'f32' },
    bindings: (_: DivergenceRowsSpec) => ({
      base: reads('f32'),
      tuned: reads('f32'),
      labels: reads('i32'),
      divergence: writes('f32'),
      baseLoss: writes('f32'),
      loss: writes('f32'),
    }),
  }),
};
