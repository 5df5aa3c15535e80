import { columnUniforms, kernel, reads, writes } from './definition.ts';

export const columnSumKernels = {
  /** out[chunk][column] = Σ of x over the rows of the chunk. */
  column_sum: kernel({
    uniforms: columnUniforms,
    bindings: () => ({ x: reads('f32'), out: writes('f32') }),
  }),
};
