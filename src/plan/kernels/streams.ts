import { kernel, reads, rowUniforms, writes } from './definition.ts';
import type { VectorRowForm } from './rows.ts';

export interface MixStreamsSpec {
  readonly kernel: 'mix_streams';
  /** The width is a multiple of 4. */
  readonly vec4: boolean;
}

export interface StreamProductsSpec extends VectorRowForm {
  readonly kernel: 'stream_products';
}

export const streamKernels = {
  /** One thread an element (or four) of a stream, flat: of `count`. The weight of input i of output j: j · ofOutput + i · ofInput. */
  mix_streams: kernel({
    uniforms: { count: 'u32', width: 'u32', inputs: 'u32', outputs: 'u32', ofInput: 'u32', ofOutput: 'u32' },
    bindings({ vec4 }: MixStreamsSpec) {
      const vector = vec4 ? 4 : 1;
      return { x: reads('f32', vector), weights: reads('f32'), y: writes('f32', vector) };
    },
  }),
  /** One product after the other, as `RowForm` says; streams are of `length` rows. */
  stream_products: kernel({
    uniforms: { ...rowUniforms, length: 'u32', ofA: 'u32', ofB: 'u32' },
    bindings({ vec4 }: StreamProductsSpec) {
      const vector = vec4 ? 4 : 1;
      return { a: reads('f32', vector), b: reads('f32', vector), products: writes('f32') };
    },
  }),
};
