import { groupSegments, kernel, reads, writes } from './definition.ts';

/**
 * out[outOffset + i·outStride + j] = Σₛ x[xOffset + i·xStride + s·slabStride + j] + addend, for i < rows, j < width, over
 * slabs s in order: parts of one sum that were computed side by side. Addends are those of matmul; a matrix has the rows
 * of out. One thread a value, or four; flat. With `parts` slice z is a sum of its own, as segment z says.
 * vec4 promises that width, strides and offsets are multiples of 4.
 */
export interface SlabSumSpec {
  readonly kernel: 'slab_sum';
  readonly addend: 'none' | 'matrix' | 'row' | 'self' | 'kept';
  readonly grouping: 'none' | 'parts';
  readonly vec4: boolean;
}

export const slabSumKernels = {
  slab_sum: kernel({
    uniforms: {
      rows: 'u32',
      width: 'u32',
      slabs: 'u32',
      xStride: 'u32',
      slabStride: 'u32',
      outStride: 'u32',
      xOffset: 'u32',
      outOffset: 'u32',
      addendOffset: 'u32',
    },
    segments: groupSegments,
    offsets: { x: 'xOffset', out: 'outOffset', addend: 'addendOffset' },
    bindings({ addend, vec4 }: SlabSumSpec) {
      const vector = vec4 ? 4 : 1;
      return {
        x: reads('f32', vector),
        out: writes('f32', vector),
        addend: addend === 'matrix' || addend === 'row' ? reads('f32', vector) : undefined,
        keep: addend === 'kept' ? reads('f32') : undefined,
      };
    },
  }),
};
