import { kernel, reads, writes } from './definition.ts';

/** A thread holds a vector of the state, so many values long, in registers; they are taken by fours where `vec4`. */
interface ScanForm {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly vec4: boolean;
}

export interface GatedDeltaGatesSpec {
  readonly kernel: 'gated_delta_gates';
}

export interface GatedDeltaRuleSpec extends ScanForm {
  readonly kernel: 'gated_delta_rule';
  readonly continues: boolean;
  readonly output: boolean;
  readonly errors: boolean;
  readonly after: boolean;
}

export interface GatedDeltaErrorGradientSpec extends ScanForm {
  readonly kernel: 'gated_delta_error_gradient';
  readonly before: boolean;
}

export interface GatedDeltaQueryGradientSpec extends ScanForm {
  readonly kernel: 'gated_delta_query_gradient';
  readonly continues: boolean;
}

export interface GatedDeltaKeyGradientSpec extends ScanForm {
  readonly kernel: 'gated_delta_key_gradient';
}

export interface GatedDeltaGateProductsSpec {
  readonly kernel: 'gated_delta_gate_products';
}

export interface GatedDeltaDecayGradientSpec {
  readonly kernel: 'gated_delta_decay_gradient';
}

const scanUniforms = { batch: 'u32', length: 'u32', heads: 'u32', keyHeads: 'u32' } as const;
const vectors = ({ vec4 }: ScanForm) => reads('f32', vec4 ? 4 : 1);

export const gatedDeltaRuleKernels = {
  /** (exp(g), or 0 where an example starts; β) of each row and head. One thread each, flat. */
  gated_delta_gates: kernel({
    uniforms: scanUniforms,
    bindings: (_: GatedDeltaGatesSpec) => ({
      g: reads('f32'),
      beta: reads('f32'),
      starts: reads('i32'),
      gates: writes('f32', 2),
    }),
  }),
  /** A thread takes one column of a head's state through the rows of a sequence, in order. */
  gated_delta_rule: kernel({
    uniforms: scanUniforms,
    bindings: (spec: GatedDeltaRuleSpec) => ({
      q: spec.output ? vectors(spec) : undefined,
      k: vectors(spec),
      v: reads('f32'),
      gates: reads('f32', 2),
      before: spec.continues ? reads('f32') : undefined,
      y: spec.output ? writes('f32') : undefined,
      errors: spec.errors ? writes('f32') : undefined,
      after: spec.after ? writes('f32') : undefined,
    }),
  }),
  /** A thread takes one column of the gradient of a head's state from the last row to the first. */
  gated_delta_error_gradient: kernel({
    uniforms: scanUniforms,
    bindings: (spec: GatedDeltaErrorGradientSpec) => ({
      q: vectors(spec),
      k: vectors(spec),
      dy: reads('f32'),
      gates: reads('f32', 2),
      dUpdates: writes('f32'),
      dv: writes('f32'),
      dBefore: spec.before ? writes('f32') : undefined,
    }),
  }),
  /** A thread takes one row of the states that share a key: dq, and what dk has of the states before a row. */
  gated_delta_query_gradient: kernel({
    uniforms: scanUniforms,
    bindings: (spec: GatedDeltaQueryGradientSpec) => ({
      k: reads('f32'),
      gates: reads('f32', 2),
      errors: vectors(spec),
      dy: vectors(spec),
      dv: vectors(spec),
      before: spec.continues ? reads('f32') : undefined,
      dq: writes('f32'),
      dk: writes('f32'),
    }),
  }),
  /** As the one before, from the last row to the first: adds to dk what it has of the gradients of the states. */
  gated_delta_key_gradient: kernel({
    uniforms: scanUniforms,
    bindings: (spec: GatedDeltaKeyGradientSpec) => ({
      q: reads('f32'),
      k: reads('f32'),
      gates: reads('f32', 2),
      errors: vectors(spec),
      dy: vectors(spec),
      dv: vectors(spec),
      dk: writes('f32'),
    }),
  }),
  /** dβ, and y · dy − v · dv of each row and head. One thread each, flat. */
  gated_delta_gate_products: kernel({
    uniforms: { count: 'u32', width: 'u32' },
    bindings: (_: GatedDeltaGateProductsSpec) => ({
      dy: reads('f32'),
      y: reads('f32'),
      errors: reads('f32'),
      v: reads('f32'),
      dUpdates: reads('f32'),
      dv: reads('f32'),
      dBeta: writes('f32'),
      products: writes('f32'),
    }),
  }),
  /** dg: sums of those products from each row to the end of its example. One thread a head of a sequence, flat. */
  gated_delta_decay_gradient: kernel({
    uniforms: scanUniforms,
    bindings: (_: GatedDeltaDecayGradientSpec) => ({
      products: reads('f32'),
      starts: reads('i32'),
      dg: writes('f32'),
    }),
  }),
};
