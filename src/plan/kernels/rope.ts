import { groupSegments, kernel, reads, writes } from './definition.ts';

/**
 * One thread a pair of a head's numbers, turned or copied; sign −1 turns back. Pairs begin `step` numbers behind each
 * other, and the two of one lie `apart`. In place, x is y. With `parts` slice z
 * turns a matrix of its own, as segment z says.
 */
export interface RopeSpec {
  readonly kernel: 'rope';
  readonly inPlace: boolean;
  readonly grouping: 'none' | 'parts';
}

export const ropeKernels = {
  rope: kernel({
    uniforms: {
      rows: 'u32',
      width: 'u32',
      headDim: 'u32',
      rotaryDim: 'u32',
      sign: 'f32',
      step: 'u32',
      apart: 'u32',
      xOffset: 'u32',
      yOffset: 'u32',
    },
    segments: groupSegments,
    offsets: { x: 'xOffset', y: 'yOffset' },
    bindings: ({ inPlace }: RopeSpec) => ({
      x: inPlace ? writes('f32') : reads('f32'),
      table: reads('f32'),
      positions: reads('i32'),
      y: inPlace ? undefined : writes('f32'),
    }),
  }),
};
