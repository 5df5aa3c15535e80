import type { Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

const shapes: readonly (readonly [number, number])[] = [
  [1, 1],
  [5, 13],
  [3, 64],
  [7, 896],
  [2, 2049],
  [131, 7],
];

const forward = (dtype: 'f32' | 'bf16' | 'f16', [rows, width]: readonly [number, number]): OpCase =>
  opCase(`rms_norm ${rows}×${width} ${dtype}`, width, (data) => {
    const inputs = [data.input('x', [rows, width]), data.parameter('weight', [width], { dtype })];
    const [y, rstd] = data.builder.nodeOutputs('rms_norm', inputs, { epsilon: 1e-5 });
    return { y: y!, rstd: rstd! };
  });

const backward = (what: 'both' | 'dx alone', [rows, width]: readonly [number, number]): OpCase =>
  opCase(`rms_norm_backward ${rows}×${width}, ${what}`, Math.max(rows, width), (data) => {
    const { builder } = data;
    const x = data.input('x', [rows, width]);
    const weight = data.parameter('weight', [width], what === 'both' ? {} : { dtype: 'bf16' });
    // A large ε, because without it dx of a single element is 0 and what is left is rounding.
    const rstd = builder.nodeOutputs('rms_norm', [x, weight], { epsilon: 0.1 })[1]!;
    const inputs = [data.input('dy', [rows, width]), x, weight, rstd];
    const [dx, dWeight] = builder.nodeOutputs('rms_norm_backward', inputs, {});
    return what === 'both' ? { dx: dx!, dWeight: dWeight! } : { dx: dx! };
  });

const offsetCase = (shape: readonly [number, number]): OpCase =>
  opCase(`rms_norm and its gradient ${shape.join('×')}, weights from 1`, Math.max(...shape), (data) => {
    const { builder } = data;
    const [rows, width] = shape;
    const [x, weight] = [data.input('x', [rows, width]), data.parameter('weight', [width], { dtype: 'bf16' })];
    const [y, rstd] = builder.nodeOutputs('rms_norm', [x, weight], { epsilon: 0.1, weightOffset: 1 });
    const inputs = [data.input('dy', [rows, width]), x, weight, rstd!];
    const [dx] = builder.nodeOutputs('rms_norm_backward', inputs, { weightOffset: 1 });
    return { y: y!, dx: dx! };
  });

const lengthCase = (shape: readonly [number, number]): OpCase =>
  opCase(`rows of ${shape.join('×')} divided by their lengths, and the gradient`, Math.max(...shape), (data) => {
    const { builder } = data;
    const attributes = { epsilon: 0.1, weightOffset: 0.3 };
    const x = data.input('x', shape);
    const [y, rstd] = builder.nodeOutputs('rms_norm', [x], attributes);
    const [dx] = builder.nodeOutputs('rms_norm_backward', [data.input('dy', shape), x, rstd!], attributes);
    return { y: y!, dx: dx! };
  });

/** Rows far from 0, where a variance taken as mean(x²) − mean(x)² would lose its digits. */
const shifted = (data: CaseBuilder, rows: number, width: number): Value => {
  const numbers = seededNumbers(`layer_norm ${rows}×${width}`, rows * width);
  return data.input(
    'x',
    [rows, width],
    numbers.map((number) => number + 20),
  );
};

/** Rounding of x itself, of size 20, is what is left after its mean is taken away. */
const shiftedTerms = (terms: number): number => 400 * terms;

const layerNorm = ([rows, width]: readonly [number, number]): OpCase =>
  opCase(`layer_norm ${rows}×${width}`, shiftedTerms(width), (data) => {
    const inputs = [shifted(data, rows, width), data.parameter('weight', [width]), data.parameter('bias', [width])];
    const [y, statistics] = data.builder.nodeOutputs('layer_norm', inputs, { epsilon: 0.1 });
    return { y: y!, statistics: statistics! };
  });

const layerNormBackward = (what: 'all' | 'dx alone', [rows, width]: readonly [number, number]): OpCase =>
  opCase(`layer_norm_backward ${rows}×${width}, ${what}`, shiftedTerms(Math.max(rows, width)), (data) => {
    const { builder } = data;
    const [x, weight] = [shifted(data, rows, width), data.parameter('weight', [width])];
    const bias = data.parameter('bias', [width]);
    const statistics = builder.nodeOutputs('layer_norm', [x, weight, bias], { epsilon: 0.1 })[1]!;
    const inputs = [data.input('dy', [rows, width]), x, weight, statistics];
    const [dx, dWeight, dBias] = builder.nodeOutputs('layer_norm_backward', inputs, {});
    return what === 'all' ? { dx: dx!, dWeight: dWeight!, dBias: dBias! } : { dx: dx! };
  });

/** A row of one number is its own mean: everything but the bias is 0, and rounding alone would be compared. */
const wideShapes = shapes.filter(([, width]) => width > 1);

export const normalizationCases: readonly OpCase[] = [
  ...shapes.map((shape) => forward('f32', shape)),
  forward('bf16', [5, 13]),
  forward('f16', [5, 13]),
  ...shapes.map((shape) => backward('both', shape)),
  backward('dx alone', [5, 13]),
  offsetCase([5, 13]),
  offsetCase([7, 896]),
  lengthCase([5, 13]),
  lengthCase([7, 128]),
  ...wideShapes.map(layerNorm),
  layerNorm([3, 2304]),
  ...wideShapes.map((shape) => layerNormBackward('all', shape)),
  layerNormBackward('all', [70, 2304]),
  layerNormBackward('dx alone', [5, 13]),
];
