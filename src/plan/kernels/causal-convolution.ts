import type { FloatDType } from '../../graph/types.ts';
import { columnUniforms, kernel, reads, writes } from './definition.ts';

interface CausalConvolutionForm {
  readonly taps: number;
  /** Rows before the first are those of `before`. */
  readonly continues: boolean;
}

/** A thread takes one channel, or four, and a strip of rows of one sequence. */
interface StripForm extends CausalConvolutionForm {
  readonly weightType: FloatDType;
  readonly vec4: boolean;
}

export interface CausalConvolutionSpec extends StripForm {
  readonly kernel: 'causal_convolution';
  readonly bias: boolean;
}

export interface CausalConvolutionInputGradientSpec extends Omit<StripForm, 'continues'> {
  readonly kernel: 'causal_convolution_input_gradient';
}

export interface CausalConvolutionKeptSpec extends CausalConvolutionForm {
  readonly kernel: 'causal_convolution_kept';
}

export interface CausalConvolutionWeightGradientSpec extends CausalConvolutionForm {
  readonly kernel: 'causal_convolution_weight_gradient';
}

/** `columns` are channels, or groups of four. */
const stripUniforms = { batch: 'u32', length: 'u32', columns: 'u32', rowsPerStrip: 'u32' } as const;

const kept = ({ continues }: CausalConvolutionForm, vector: 1 | 4 = 1) =>
  continues ? reads('f32', vector) : undefined;

export const causalConvolutionKernels = {
  causal_convolution: kernel({
    uniforms: stripUniforms,
    bindings(spec: CausalConvolutionSpec) {
      const vector = spec.vec4 ? 4 : 1;
      return {
        x: reads('f32', vector),
        weight: reads(spec.weightType),
        starts: reads('i32'),
        before: kept(spec, vector),
        bias: spec.bias ? reads('f32', vector) : undefined,
        y: writes('f32', vector),
      };
    },
  }),
  causal_convolution_input_gradient: kernel({
    uniforms: stripUniforms,
    bindings({ weightType, vec4 }: CausalConvolutionInputGradientSpec) {
      const vector = vec4 ? 4 : 1;
      return {
        dy: reads('f32', vector),
        weight: reads(weightType),
        starts: reads('i32'),
        dx: writes('f32', vector),
      };
    },
  }),
  /** The last rows of each sequence. One thread an element, flat. */
  causal_convolution_kept: kernel({
    uniforms: { batch: 'u32', length: 'u32', channels: 'u32' },
    bindings: (spec: CausalConvolutionKeptSpec) => ({
      x: reads('f32'),
      starts: reads('i32'),
      before: kept(spec),
      after: writes('f32'),
    }),
  }),
  /** out[chunk][channel][tap] = Σ over the chunk's rows of dy·x. Threads 64 over channels (x), chunks in y. */
  causal_convolution_weight_gradient: kernel({
    uniforms: { ...columnUniforms, length: 'u32' },
    bindings: (spec: CausalConvolutionWeightGradientSpec) => ({
      dy: reads('f32'),
      x: reads('f32'),
      starts: reads('i32'),
      before: kept(spec),
      out: writes('f32'),
    }),
  }),
};
