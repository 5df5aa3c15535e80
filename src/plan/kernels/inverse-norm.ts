import type { WeightDType } from '../../graph/types.ts';
import { kernel, reads, rowUniforms, writes } from './definition.ts';
import type { RowForm } from './rows.ts';

/** out[rowBegin + row] = 1/‖row of W + scale·B·A‖, with a [rank, width]; b and out have the rows before `rowBegin`, too. */
export interface InverseNormSpec extends RowForm {
  readonly kernel: 'inverse_norm';
  readonly weightType: WeightDType;
}

export const inverseNormKernels = {
  inverse_norm: kernel({
    uniforms: { ...rowUniforms, rowBegin: 'u32', rank: 'u32', rowStride: 'u32', columnStride: 'u32', scale: 'f32' },
    bindings: ({ weightType }: InverseNormSpec) => ({
      weight: reads(weightType),
      a: reads('f32'),
      b: reads('f32'),
      out: writes('f32'),
    }),
  }),
};
