import { describe, expect, it } from 'vitest';
import { requireDecomposable, residualOf } from './residual.ts';
import { transposed } from './saved.ts';
import { leadingVectors } from './singular.ts';

/** A matrix [rows, columns] of given singular values: reflections of a diagonal one. */
function matrixOf(rows: number, columns: number, values: readonly number[]): Float32Array {
  const reflect = (size: number, seed: number) => {
    const axis = Array.from({ length: size }, (_, i) => Math.sin(seed + 3 * i) + 0.1);
    const square = axis.reduce((sum, x) => sum + x * x, 0);
    return (i: number, j: number) => (i === j ? 1 : 0) - (2 * axis[i]! * axis[j]!) / square;
  };
  const [left, right] = [reflect(rows, 1), reflect(columns, 2)];
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return values.reduce((sum, value, k) => sum + value * left(i, k) * right(j, k), 0);
  });
}

const singularValues = (matrix: Float32Array, columns: number, count: number) =>
  leadingVectors(matrix, columns, count).values.slice(0, count);
const expectClose = (actual: readonly number[], expected: readonly number[], tolerance = 1e-5) => {
  for (const [at, value] of expected.entries()) expect(Math.abs(actual[at]! - value)).toBeLessThan(tolerance);
};
const spread = Array.from({ length: 40 }, (_, at) => 4 * 0.93 ** at);

describe('leading singular vectors', () => {
  it('are orthonormal and of the largest values, of matrices small and larger than one block', () => {
    for (const [rows, columns, count] of [
      [48, 40, 3],
      [200, 160, 5],
    ] as const) {
      const { vectors, values } = leadingVectors(matrixOf(rows, columns, spread), columns, count);
      expectClose(values, spread.slice(0, count + 1), 1e-4);
      for (const [i, a] of vectors.entries())
        for (const [j, b] of vectors.entries())
          expectClose([a.reduce((sum, x, at) => sum + x * b[at]!, 0)], [i === j ? 1 : 0], 1e-12);
    }
  });

  it('are all there is of a matrix of low rank, and of zeros', () => {
    expectClose(singularValues(matrixOf(30, 20, [3, 2]), 20, 4), [3, 2, 0, 0], 1e-4);
    expectClose(singularValues(new Float32Array(60), 6, 3), [0, 0, 0], 1e-9);
  });
});

describe('what an initialisation leaves of a weight', () => {
  it('by PiSSA has lost its largest singular values, whichever side is longer', () => {
    const weight = matrixOf(60, 45, spread);
    const rest = residualOf('pissa', weight, [60, 45], { rank: 4, scale: 2 });
    expectClose(singularValues(rest, 45, 3), spread.slice(4, 7), 1e-4);
    const turned = residualOf('pissa', transposed(weight, 60), [45, 60], { rank: 4, scale: 2 });
    expectClose([...turned], [...transposed(rest, 60)], 1e-6);
  });

  it('is nothing where the rank takes all of it', () => {
    const rest = residualOf('pissa', matrixOf(8, 6, [3, 2, 1]), [8, 6], { rank: 6, scale: 1 });
    expectClose([...rest], Array<number>(48).fill(0), 1e-5);
  });

  it('by OLoRA has lost a share of its first columns', () => {
    const weight = matrixOf(12, 8, spread.slice(0, 8));
    const rest = residualOf('olora', weight, [12, 8], { rank: 2, scale: 0.5 });
    for (let row = 0; row < 12; row++)
      expectClose([rest[row * 8]!, rest[row * 8 + 1]!], [weight[row * 8]! / 2, weight[row * 8 + 1]! / 2], 1e-5);
  });

  it.each([
    ['pissa', matrixOf(9, 9, Array<number>(9).fill(2))],
    ['olora', new Float32Array(81)],
  ] as const)('is refused where %s has no one answer', (init, weight) => {
    expect(() => residualOf(init, weight, [9, 9], { rank: 3, scale: 1 })).toThrow('no one decomposition');
  });

  it('is not computed for more weights than a few minutes are enough for', () => {
    const layers = Array.from({ length: 64 }, () => [4096, 4096]);
    expect(() => requireDecomposable('pissa', layers)).toThrow('1074 million weights where 32 million');
    expect(() => requireDecomposable('pissa', [[896, 896]])).not.toThrow();
    expect(() => requireDecomposable('olora', layers)).not.toThrow();
  });
});
