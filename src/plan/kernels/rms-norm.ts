import type { FloatDType } from '../../graph/types.ts';
import { columnUniforms, kernel, reads, rowUniforms, writes } from './definition.ts';
import type { NormAddend, VectorRowForm } from './rows.ts';

/** `none`: rows are multiplied by `weightOffset` alone. */
type WeightType = FloatDType | 'none';

const weightReads = (weightType: WeightType, vector: 1 | 4) =>
  weightType === 'none' ? undefined : reads(weightType, vector);

export interface RmsNormSpec extends VectorRowForm {
  readonly kernel: 'rms_norm';
  readonly weightType: WeightType;
}

export interface RmsNormBackwardSpec extends VectorRowForm {
  readonly kernel: 'rms_norm_backward';
  readonly weightType: WeightType;
  readonly addend: NormAddend;
}

export const rmsNormKernels = {
  rms_norm: kernel({
    uniforms: { ...rowUniforms, epsilon: 'f32', weightOffset: 'f32' },
    bindings({ weightType, vec4 }: RmsNormSpec) {
      const vector = vec4 ? 4 : 1;
      return {
        x: reads('f32', vector),
        weight: weightReads(weightType, vector),
        y: writes('f32', vector),
        rstd: writes('f32'),
      };
    },
  }),
  rms_norm_backward: kernel({
    uniforms: { ...rowUniforms, weightOffset: 'f32' },
    bindings({ weightType, vec4, addend }: RmsNormBackwardSpec) {
      const vector = vec4 ? 4 : 1;
      return {
        dy: reads('f32', vector),
        x: reads('f32', vector),
        weight: weightReads(weightType, vector),
        rstd: reads('f32'),
        dx: writes('f32', vector),
        addend: addend === 'matrix' ? reads('f32', vector) : undefined,
      };
    },
  }),
  /** out[chunk][column] = Σ over the chunk's rows of dy·x·rstd. */
  rms_norm_weight_gradient: kernel({
    uniforms: columnUniforms,
    bindings: () => ({ dy: reads('f32'), x: reads('f32'), rstd: reads('f32'), out: writes('f32') }),
  }),
};
