import { headVector } from './attention.ts';
import { kernel, reads, writes } from './definition.ts';

interface RelativeForm {
  readonly headDim: number;
}

/** As attention without workgroup memory. Workgroups: x over blocks of 32 queries, y heads, z batch. */
export interface RelativeAttentionSpec extends RelativeForm {
  readonly kernel: 'relative_attention';
}

/** Workgroups as relative_attention. */
export interface RelativeAttentionQuerySpec extends RelativeForm {
  readonly kernel: 'relative_attention_query';
}

/** One of the gradients by keys: with both there would be more buffers than every device binds. Workgroups as above, over keys. */
export interface RelativeAttentionKeySpec extends RelativeForm {
  readonly kernel: 'relative_attention_key';
  readonly of: 'k' | 'v';
}

/** A thread for each distance and head, flat. */
export interface RelativeAttentionPlacesSpec extends RelativeForm {
  readonly kernel: 'relative_attention_places';
}

const uniforms = { queries: 'u32', keys: 'u32', heads: 'u32', kvHeads: 'u32', batch: 'u32', scale: 'f32' } as const;

const operands = (spec: RelativeForm) => ({
  q: reads('f32', headVector(spec)),
  k: reads('f32', headVector(spec)),
  v: reads('f32', headVector(spec)),
  places: reads('f32', headVector(spec)),
});

const gradientOperands = (spec: RelativeForm) => ({
  dOutput: reads('f32', headVector(spec)),
  ...operands(spec),
  stats: reads('f32', 2),
});

export const relativeAttentionKernels = {
  relative_attention: kernel({
    uniforms,
    bindings: (spec: RelativeAttentionSpec) => ({
      ...operands(spec),
      keyRange: reads('i32', 2),
      out: writes('f32', headVector(spec)),
      lse: writes('f32'),
    }),
  }),
  relative_attention_query: kernel({
    uniforms,
    bindings: (spec: RelativeAttentionQuerySpec) => ({
      ...gradientOperands(spec),
      keyRange: reads('i32', 2),
      dq: writes('f32', headVector(spec)),
    }),
  }),
  relative_attention_key: kernel({
    uniforms,
    bindings: (spec: RelativeAttentionKeySpec) => {
      const { v, ...others } = gradientOperands(spec);
      return {
        ...others,
        v: spec.of === 'k' ? v : undefined,
        queryRange: reads('i32', 2),
        gradient: writes('f32', headVector(spec)),
      };
    },
  }),
  relative_attention_places: kernel({
    uniforms,
    bindings: (spec: RelativeAttentionPlacesSpec) => ({
      ...gradientOperands(spec),
      keyRange: reads('i32', 2),
      dPlaces: writes('f32', headVector(spec)),
    }),
  }),
};
