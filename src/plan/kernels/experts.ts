import { kernel, reads, rowUniforms, writes } from './definition.ts';
import type { RowForm } from './rows.ts';

/** What a score is made of, and whether weights are divided by their sum. */
interface RouteForm {
  readonly score: 'softmax' | 'sigmoid';
  readonly normalised: boolean;
}

export interface RouteSpec extends RouteForm {
  readonly kernel: 'route';
  readonly biased: boolean;
}

export interface RouteBackwardSpec extends RouteForm {
  readonly kernel: 'route_backward';
}

export interface GatherRowsSpec {
  readonly kernel: 'gather_rows';
  readonly weighted: boolean;
}

export interface CombineRowsSpec {
  readonly kernel: 'combine_rows';
  readonly weighted: boolean;
}

export interface CombineRowsBackwardSpec extends RowForm {
  readonly kernel: 'combine_rows_backward';
}

const routeUniforms = { rows: 'u32', experts: 'u32', chosen: 'u32', epsilon: 'f32' } as const;
/** Elements of the result, their width, and how many experts each row is sent to. */
const moveUniforms = { count: 'u32', width: 'u32', each: 'u32' } as const;

export const expertKernels = {
  /** One thread a row, flat. */
  route: kernel({
    uniforms: routeUniforms,
    bindings: ({ biased }: RouteSpec) => ({
      logits: reads('f32'),
      bias: biased ? reads('f32') : undefined,
      weights: writes('f32'),
      chosen: writes('i32'),
    }),
  }),
  /** One thread a row, flat. */
  route_backward: kernel({
    uniforms: routeUniforms,
    bindings: ({ normalised }: RouteBackwardSpec) => ({
      dWeights: reads('f32'),
      logits: reads('f32'),
      weights: normalised ? reads('f32') : undefined,
      chosen: reads('i32'),
      dLogits: writes('f32'),
    }),
  }),
  /** One workgroup an expert. */
  expert_order: kernel({
    uniforms: { count: 'u32' },
    bindings: () => ({ chosen: reads('i32'), order: writes('i32'), places: writes('i32'), ends: writes('i32') }),
  }),
  gather_rows: kernel({
    uniforms: moveUniforms,
    bindings: ({ weighted }: GatherRowsSpec) => ({
      x: reads('f32'),
      order: reads('i32'),
      weights: weighted ? reads('f32') : undefined,
      out: writes('f32'),
    }),
  }),
  combine_rows: kernel({
    uniforms: moveUniforms,
    bindings: ({ weighted }: CombineRowsSpec) => ({
      x: reads('f32'),
      places: reads('i32'),
      weights: weighted ? reads('f32') : undefined,
      out: writes('f32'),
    }),
  }),
  /** One row (of b) after the other, as `RowForm` says. */
  combine_rows_backward: kernel({
    uniforms: { ...rowUniforms, each: 'u32' },
    bindings: (_: CombineRowsBackwardSpec) => ({
      a: reads('f32'),
      b: reads('f32'),
      places: reads('i32'),
      out: writes('f32'),
    }),
  }),
};
