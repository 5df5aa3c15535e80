import { columnUniforms, kernel, reads, rowUniforms, writes } from './definition.ts';
import type { NormAddend, VectorRowForm } from './rows.ts';

export interface LayerNormSpec extends VectorRowForm {
  readonly kernel: 'layer_norm';
}

export interface LayerNormBackwardSpec extends VectorRowForm {
  readonly kernel: 'layer_norm_backward';
  readonly addend: NormAddend;
}

export const layerNormKernels = {
  /** `statistics` are (mean, 1/deviation) of each row. */
  layer_norm: kernel({
    uniforms: { ...rowUniforms, epsilon: 'f32' },
    bindings({ vec4 }: LayerNormSpec) {
      const vector = vec4 ? 4 : 1;
      return {
        x: reads('f32', vector),
        weight: reads('f32', vector),
        bias: reads('f32', vector),
        y: writes('f32', vector),
        statistics: writes('f32', 2),
      };
    },
  }),
  layer_norm_backward: kernel({
    uniforms: rowUniforms,
    bindings({ vec4, addend }: LayerNormBackwardSpec) {
      const vector = vec4 ? 4 : 1;
      return {
        dy: reads('f32', vector),
        x: reads('f32', vector),
        weight: reads('f32', vector),
        statistics: reads('f32', 2),
        dx: writes('f32', vector),
        addend: addend === 'matrix' ? reads('f32', vector) : undefined,
      };
    },
  }),
  /** out[chunk][column] = Σ over the chunk's rows of dy·x̂. */
  layer_norm_weight_gradient: kernel({
    uniforms: columnUniforms,
    bindings: () => ({ dy: reads('f32'), x: reads('f32'), statistics: reads('f32', 2), out: writes('f32') }),
  }),
};
