import { columnUniforms, kernel, reads, writes } from './definition.ts';

const uniforms = {
  count: 'u32',
  channels: 'u32',
  height: 'u32',
  width: 'u32',
  down: 'u32',
  across: 'u32',
  kernel: 'u32',
  stride: 'u32',
  padding: 'u32',
} as const;

const fromInput = kernel({ uniforms, bindings: () => ({ x: reads('f32'), out: writes('f32') }) });

const withWeight = kernel({
  uniforms,
  bindings: () => ({ x: reads('f32'), weight: reads('f32'), out: writes('f32') }),
});

/** Images under a square window; see the operations of these names. One thread an element of the output, flat. */
export const windowKernels = {
  im2col: fromInput,
  /** x are the columns. */
  col2im: fromInput,
  max_pool: fromInput,
  max_pool_backward: kernel({
    uniforms,
    bindings: () => ({ dy: reads('f32'), x: reads('f32'), out: writes('f32') }),
  }),
  depthwise_convolution: withWeight,
  /** x are the gradients of what the convolution gave. */
  depthwise_convolution_input_gradient: withWeight,
  /** out[chunk][channel · kernel² + at] = Σ over the chunk's places of dy·x. Threads 64 over those (x), chunks in y. */
  depthwise_convolution_weight_gradient: kernel({
    uniforms: { ...uniforms, ...columnUniforms },
    bindings: () => ({ dy: reads('f32'), x: reads('f32'), out: writes('f32') }),
  }),
};
