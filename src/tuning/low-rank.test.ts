import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { initialValues } from './initial.ts';
import { lowRank } from './low-rank.ts';
import { leadingVectors } from './singular.ts';

interface Known {
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  readonly matrix: readonly number[];
  /** numpy's singular values. */
  readonly values: readonly number[];
}

const known = JSON.parse(readFileSync(new URL('golden/svd.json', import.meta.url), 'utf8')) as Known[];
const squares = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value * value, 0);

/** ‖M − B·A‖² */
function lost(
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  rank: number,
  pair: ReturnType<typeof lowRank>,
) {
  const rest = Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = matrix[at]!;
    for (let k = 0; k < rank; k++) sum -= pair.b[row * rank + k]! * pair.a[k * columns + column]!;
    return sum;
  });
  return squares(rest);
}

describe.each(known)('$rows × $columns of rank $rank', ({ rows, columns, rank: whole, matrix, values }) => {
  const ranks = [...new Set([1, Math.ceil(Math.min(rows, columns) / 2), Math.min(rows, columns)])];

  test.each(ranks)('rank %d keeps what numpy says is the most, and loses the rest', (rank) => {
    const pair = lowRank(Float32Array.from(matrix), rows, columns, rank);
    expect([pair.a.length, pair.b.length]).toEqual([rank * columns, rows * rank]);
    const [all, best] = [squares(values), squares(values.slice(0, rank))];
    expect(Math.abs(pair.whole - all) / all).toBeLessThan(1e-6);
    // Of matrices so small the block of vectors spans nearly all.
    expect(Math.abs(pair.kept - best) / all).toBeLessThan(1e-5);
    expect(Math.abs(lost(matrix, rows, columns, rank, pair) - (all - pair.kept)) / all).toBeLessThan(1e-5);
    if (rank >= whole) expect(pair.kept / pair.whole).toBeGreaterThan(1 - 1e-6);
  });
});

test('of zeros nothing is kept, and no value is no number', () => {
  const { a, b, whole, kept } = lowRank(new Float32Array(35), 7, 5, 2);
  expect([whole, kept, squares(a), squares(b)]).toEqual([0, 0, 0, 0]);
});

/** What the best choice of vectors keeps, when they may take the time to settle. */
function shares(matrix: Float32Array<ArrayBuffer>, size: number, rank: number) {
  const { kept, whole } = lowRank(matrix, size, size, rank);
  const best = squares(leadingVectors(matrix, size, rank).values.slice(0, rank));
  return { share: Math.sqrt(kept / best), whole };
}

test('four passes keep 97% of what could be kept of values without order, and all of those that fall', () => {
  const size = 120;
  const init = { kind: 'normal', deviation: 1 } as const;
  const random = new Float32Array(initialValues({ name: 'm', shape: [size * size], init }, 3));
  expect(shares(random, size, 8).share).toBeGreaterThan(0.97);
  const falling = random.map((value, at) => value / (1 + (at % size)));
  expect(shares(falling, size, 8).share).toBeGreaterThan(1 - 1e-6);
});
