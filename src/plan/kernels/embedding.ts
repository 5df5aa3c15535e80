import type { WeightDType } from '../../graph/types.ts';
import { kernel, reads, writes } from './definition.ts';

/**
 * Rows of a table segment, `stride` elements apart, that holds ids rowBegin ≤ id < rowEnd. An id outside the segment
 * leaves the row alone, or zeroes it where `first` is 1. One thread an element, flat.
 */
export interface EmbeddingSpec {
  readonly kernel: 'embedding';
  readonly tableType: WeightDType;
}

export const embeddingKernels = {
  embedding: kernel({
    uniforms: {
      rows: 'u32',
      width: 'u32',
      stride: 'u32',
      rowBegin: 'u32',
      rowEnd: 'u32',
      first: 'u32',
      idOffset: 'u32',
    },
    bindings: ({ tableType }: EmbeddingSpec) => ({ table: reads(tableType), ids: reads('i32'), out: writes('f32') }),
  }),
  /**
   * out[id − rowBegin] += Σ of dy over the rows with that id, for ids of the segment. One thread a (place in idOrder,
   * column): it works only where a run of equal ids begins. Flat.
   */
  embedding_backward: kernel({
    uniforms: { rows: 'u32', width: 'u32', rowBegin: 'u32', rowEnd: 'u32', idOffset: 'u32' },
    bindings: () => ({ dy: reads('f32'), ids: reads('i32'), idOrder: reads('i32'), out: writes('f32') }),
  }),
};
