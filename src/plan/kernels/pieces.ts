import { kernel, reads, writes } from './definition.ts';

/**
 * Columns between one tensor and its pieces, left to right: `split` copies whole → pieces, `concat` pieces → whole.
 * One thread an element (or four, where vec4 promises that every width is a multiple of 4) of `whole`, flat; begin1 and
 * begin2 are the columns where the second and third piece begin.
 */
export interface PiecesSpec {
  readonly kernel: 'pieces';
  readonly direction: 'split' | 'concat';
  readonly pieces: 2 | 3;
  readonly vec4: boolean;
}

export const piecesKernels = {
  pieces: kernel({
    uniforms: { rows: 'u32', width: 'u32', begin1: 'u32', begin2: 'u32' },
    bindings({ direction, pieces, vec4 }: PiecesSpec) {
      const [whole, piece] = direction === 'split' ? [reads, writes] : [writes, reads];
      const vector = vec4 ? 4 : 1;
      return {
        whole: whole('f32', vector),
        piece0: piece('f32', vector),
        piece1: piece('f32', vector),
        piece2: pieces === 3 ? piece('f32', vector) : undefined,
      };
    },
  }),
};
