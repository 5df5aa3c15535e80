import { columnUniforms, kernel, reads, writes } from './definition.ts';

const channelUniforms = { count: 'u32', channels: 'u32', epsilon: 'f32' } as const;

/** Statistics of each channel over all rows, and what is normalised by them. */
export const batchNormKernels = {
  /** out[chunk][column] = Σ over the chunk's rows of (x − mean)². */
  squared_deviations: kernel({
    uniforms: columnUniforms,
    bindings: () => ({ x: reads('f32'), mean: reads('f32'), out: writes('f32') }),
  }),
  /** dx of `moments`. Flat. */
  moments_backward: kernel({
    uniforms: { count: 'u32', channels: 'u32', rows: 'f32' },
    bindings: () => ({
      x: reads('f32'),
      mean: reads('f32'),
      dMean: reads('f32'),
      dVariance: reads('f32'),
      dx: writes('f32'),
    }),
  }),
  /** Flat. */
  batch_norm: kernel({
    uniforms: channelUniforms,
    bindings: () => ({
      x: reads('f32'),
      mean: reads('f32'),
      variance: reads('f32'),
      weight: reads('f32'),
      bias: reads('f32'),
      y: writes('f32'),
    }),
  }),
  /** out[chunk][column] = Σ over the chunk's rows of dy·(x − mean). */
  batch_norm_weight_gradient: kernel({
    uniforms: columnUniforms,
    bindings: () => ({ dy: reads('f32'), x: reads('f32'), mean: reads('f32'), out: writes('f32') }),
  }),
  /** What follows from the sums over rows; dWeight comes in as Σ dy·(x − mean). One thread a channel. */
  batch_norm_statistics_gradient: kernel({
    uniforms: channelUniforms,
    bindings: () => ({
      dBias: reads('f32'),
      variance: reads('f32'),
      weight: reads('f32'),
      dWeight: writes('f32'),
      dMean: writes('f32'),
      dVariance: writes('f32'),
    }),
  }),
  /** dx = dy·weight/√(variance + ε). Flat. */
  batch_norm_input_gradient: kernel({
    uniforms: channelUniforms,
    bindings: () => ({ dy: reads('f32'), variance: reads('f32'), weight: reads('f32'), dx: writes('f32') }),
  }),
};
