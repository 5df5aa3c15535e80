import { type OpCase, opCase } from '../case-data.ts';

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

export const normalizationCases: readonly OpCase[] = [
  ...shapes.map((shape) => forward('f32', shape)),
  forward('bf16', [5, 13]),
  forward('f16', [5, 13]),
  ...shapes.map((shape) => backward('both', shape)),
  backward('dx alone', [5, 13]),
];
