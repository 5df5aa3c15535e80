import type { MadeDType } from '../../graph/quantisation.ts';
import type { FloatDType } from '../../graph/types.ts';
import { kernel, reads, rowUniforms, writes } from './definition.ts';

/**
 * Rows of published values as blocks, from block number firstBlock of out on. One thread a block, flat; errors[block]
 * grows by (Σ (kept − published)², Σ published²). In no plan: sessions run it while weights come.
 */
export interface QuantiseSpec {
  readonly kernel: 'quantise';
  readonly source: FloatDType;
  readonly target: MadeDType;
}

export const quantiseKernels = {
  quantise: kernel({
    uniforms: { ...rowUniforms, firstBlock: 'u32' },
    bindings: ({ source, target }: QuantiseSpec) => ({
      values: reads(source),
      out: writes(target),
      errors: writes('f32', 2),
    }),
  }),
};
