import { type OpCase, opCase } from '../case-data.ts';

/** Rows and the widths of the pieces. */
const shapes: readonly (readonly [number, readonly number[]])[] = [
  [1, [1, 1]],
  [5, [3, 1, 7]],
  [7, [64, 16, 16]],
  [131, [12, 20]],
  [3, [4, 8, 5]],
  [2, [896, 128, 128]],
];

export const shapeCases: readonly OpCase[] = shapes.flatMap(([rows, sizes]) => [
  opCase(`split ${rows} rows into [${sizes}]`, 1, (data) => {
    const width = sizes.reduce((sum, size) => sum + size, 0);
    const pieces = data.builder.split(data.input('x', [rows, width]), sizes);
    return Object.fromEntries(pieces.map((piece, index) => [`piece${index}`, piece]));
  }),
  opCase(`concat [${sizes}] of ${rows} rows`, 1, (data) => {
    const pieces = sizes.map((size, index) => data.input(`piece${index}`, [rows, size]));
    return { whole: data.builder.node('concat', pieces, {}) };
  }),
  opCase(`concat of ${rows} rows twice the same, ${sizes[0]} wide`, 1, (data) => {
    const piece = data.builder.scale(data.input('piece', [rows, sizes[0]!]), 2);
    return { whole: data.builder.node('concat', [piece, piece], {}) };
  }),
]);
