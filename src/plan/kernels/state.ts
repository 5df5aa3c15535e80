import { kernel, reads, rowUniforms, writes } from './definition.ts';

export const stateKernels = {
  /** total = value + (keep ≠ 0 ? total : 0). */
  accumulate: kernel({
    uniforms: { count: 'u32' },
    bindings: () => ({ total: writes('f32'), value: reads('f32'), keep: reads('f32') }),
  }),
  /** out = value everywhere. */
  fill: kernel({
    uniforms: { count: 'u32', value: 'f32' },
    bindings: () => ({ out: writes('f32') }),
  }),
  /** out = keep ≠ 0 ? out : 0. */
  retain: kernel({
    uniforms: { count: 'u32' },
    bindings: () => ({ out: writes('f32'), keep: reads('f32') }),
  }),
  /** cache[positions[i]] = value[i]. One thread an element, flat. */
  cache_write: kernel({
    uniforms: rowUniforms,
    bindings: () => ({ value: reads('f32'), positions: reads('i32'), cache: writes('f32') }),
  }),
};
