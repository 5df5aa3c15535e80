import { kernel, reads, writes } from './definition.ts';

export interface DeltaGatesSpec {
  readonly kernel: 'delta_gates';
}

export interface DeltaGatesBackwardSpec {
  readonly kernel: 'delta_gates_backward';
}

const uniforms = { count: 'u32', heads: 'u32' } as const;
const inputs = { a: reads('f32'), b: reads('f32'), logRate: reads('f32'), bias: reads('f32') };

/** One thread a row and head, flat. */
export const deltaGatesKernels = {
  delta_gates: kernel({
    uniforms,
    bindings: (_: DeltaGatesSpec) => ({ ...inputs, g: writes('f32'), beta: writes('f32') }),
  }),
  delta_gates_backward: kernel({
    uniforms,
    bindings: (_: DeltaGatesBackwardSpec) => ({
      ...inputs,
      dg: reads('f32'),
      dBeta: reads('f32'),
      da: writes('f32'),
      db: writes('f32'),
    }),
  }),
};
