import { kernel, reads, writes } from './definition.ts';
import type { RowForm } from './rows.ts';

/**
 * For each row r of a chunk of logits [rows, vocabulary]: rowLoss[firstRow + r] = lossScale·(log Σ exp − logit[label]),
 * 0 for a label < 0; with `gradient`, the logits are replaced by lossScale·(softmax − onehot), 0 for a label < 0.
 * `weighted`: lossScale has a number for each row, read at firstRow + r. With `softCap` the logits are first bounded by
 * softCap·tanh(logit/softCap).
 */
export interface CrossEntropyRowsSpec extends RowForm {
  readonly kernel: 'cross_entropy_rows';
  readonly gradient: boolean;
  readonly weighted: boolean;
  readonly softCap: boolean;
}

export const crossEntropyKernels = {
  cross_entropy_rows: kernel({
    uniforms: { rows: 'u32', firstRow: 'u32', vocabulary: 'u32', softCap: 'f32' },
    bindings: (_: CrossEntropyRowsSpec) => ({
      logits: writes('f32'),
      labels: reads('i32'),
      lossScale: reads('f32'),
      rowLoss: writes('f32'),
    }),
  }),
};
