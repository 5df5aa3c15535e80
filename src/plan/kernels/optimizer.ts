import { type KernelBinding, kernel, reads, writes } from './definition.ts';

/** Tensors that one dispatch of `adamw_8bit` updates at most. */
export const maxUpdates = 64;

/** `gradientDecay` · parameter is added to the gradient. */
const updateUniforms = { count: 'u32', learningRateFactor: 'f32', gradientDecay: 'f32' } as const;

/** 1−β comes as data because the difference of f32 numbers would be off by 1e-5. */
const adamUniforms = {
  beta1: 'f32',
  beta2: 'f32',
  oneMinusBeta1: 'f32',
  oneMinusBeta2: 'f32',
  epsilon: 'f32',
  decoupledDecay: 'f32',
} as const;

/** What each update binds around its states. The exponent bits of the norm say whether it is a number. */
const updateBindings = <States extends Readonly<Record<string, KernelBinding>>>(states: States) => ({
  parameter: writes('f32'),
  gradient: reads('f32'),
  ...states,
  hyper: reads('f32'),
  norm: reads('u32'),
});

/** Updates are described with the operations of their names. Flat. */
export const optimizerKernels = {
  /** partials[outOffset + workgroup] = Σ x² over its 4096 elements. 64 threads. */
  sum_squares: kernel({
    uniforms: { count: 'u32', outOffset: 'u32' },
    bindings: () => ({ x: reads('f32'), partials: writes('f32') }),
  }),
  /** norm = √Σ partials. One workgroup of 64. */
  norm: kernel({
    uniforms: { count: 'u32' },
    bindings: () => ({ partials: reads('f32'), norm: writes('f32') }),
  }),
  adamw: kernel({
    uniforms: { ...updateUniforms, ...adamUniforms },
    bindings: () => updateBindings({ moment1: writes('f32'), moment2: writes('f32') }),
  }),
  sgd: kernel({
    uniforms: { ...updateUniforms, momentum: 'f32' },
    bindings: () => updateBindings({ momentum: writes('f32') }),
  }),
  rmsprop: kernel({
    uniforms: { ...updateUniforms, alpha: 'f32', oneMinusAlpha: 'f32', momentum: 'f32', epsilon: 'f32' },
    bindings: () => updateBindings({ square: writes('f32'), momentum: writes('f32') }),
  }),
  adadelta: kernel({
    uniforms: { ...updateUniforms, rho: 'f32', oneMinusRho: 'f32', epsilon: 'f32' },
    bindings: () => updateBindings({ square: writes('f32'), delta: writes('f32') }),
  }),
  /**
   * AdamW for moments in blocks of codes. Slice z updates the tensor that segment z says. 64 threads take a block of 256
   * values; workgroups are folded over x and y. Offsets in elements, of codes in words.
   */
  adamw_8bit: kernel({
    uniforms: {
      count: 'u32',
      parameterOffset: 'u32',
      gradientOffset: 'u32',
      words1Offset: 'u32',
      largest1Offset: 'u32',
      words2Offset: 'u32',
      largest2Offset: 'u32',
      ...adamUniforms,
      learningRateFactor: 'f32',
    },
    segments: () => maxUpdates,
    bindings: () =>
      updateBindings({
        words1: writes('u32'),
        largest1: writes('f32'),
        words2: writes('u32'),
        largest2: writes('f32'),
      }),
  }),
};
