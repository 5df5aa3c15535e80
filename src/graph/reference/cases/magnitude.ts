import type { WeightDType } from '../../types.ts';
import { type OpCase, opCase } from '../case-data.ts';

const shapes: readonly (readonly [rows: number, width: number, rank: number])[] = [
  [1, 1, 1],
  [13, 7, 3],
  [5, 300, 4],
  [128, 896, 16],
];

const inverseNorm = (dtype: WeightDType, transposed: boolean, [rows, width, rank]: (typeof shapes)[number]): OpCase =>
  opCase(`inverse_norm ${rows}×${width} rank ${rank} ${dtype}${transposed ? ' [in, out]' : ''}`, width, (data) => {
    const weight = data.parameter('weight', transposed ? [width, rows] : [rows, width], { dtype });
    const [a, b] = [data.input('a', [rank, width]), data.input('b', [rows, rank])];
    return { out: data.builder.inverseNorm(weight, a, b, 0.7, transposed) };
  });

export const magnitudeCases: readonly OpCase[] = [
  ...shapes.map((shape) => inverseNorm('f32', false, shape)),
  ...shapes.map((shape) => inverseNorm('bf16', true, shape)),
  inverseNorm('f16', false, shapes[1]!),
  inverseNorm('nf4', false, shapes[2]!),
  inverseNorm('int8', true, shapes[1]!),
];
