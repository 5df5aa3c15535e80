import { groupSegments, kernel, reads, writes } from './definition.ts';

/**
 * Element i is dropped iff randomBits(seed, site, i) < threshold, else · factor. In place, x is out. With `parts` slice z
 * is a dropout of its own, as segment z says.
 */
export interface DropoutSpec {
  readonly kernel: 'dropout';
  readonly inPlace: boolean;
  readonly grouping: 'none' | 'parts';
}

/** x + amplitude · a number in [−1, 1) drawn from (seed, site, element); in place, x is out. Flat. */
export interface UniformNoiseSpec {
  readonly kernel: 'uniform_noise';
  readonly inPlace: boolean;
}

export const dropoutKernels = {
  dropout: kernel({
    uniforms: { count: 'u32', site: 'u32', threshold: 'u32', factor: 'f32', xOffset: 'u32', outOffset: 'u32' },
    segments: groupSegments,
    offsets: { x: 'xOffset', out: 'outOffset' },
    bindings: ({ inPlace }: DropoutSpec) => ({
      x: inPlace ? writes('f32') : reads('f32'),
      seed: reads('u32'),
      out: inPlace ? undefined : writes('f32'),
    }),
  }),
  uniform_noise: kernel({
    uniforms: { count: 'u32', site: 'u32', amplitude: 'f32' },
    bindings: ({ inPlace }: UniformNoiseSpec) => ({
      x: inPlace ? writes('f32') : reads('f32'),
      seed: reads('u32'),
      out: inPlace ? undefined : writes('f32'),
    }),
  }),
};
