import { expect, test } from 'vitest';
import { arranged, firstOfEachKey, pairsSideBySide, partsTogether, restored, transposed } from './arrangements.ts';

const [heads, headDim] = [3, 8];
const values = Float32Array.from({ length: heads * headDim }, (_, i) => Math.sin(1 + i));

/** One head turned by angles, of which pair i is at the places that `pair` gives. */
function turned(head: Float32Array, angles: readonly number[], pair: (i: number) => readonly [number, number]) {
  const out = head.slice();
  angles.forEach((angle, i) => {
    const [a, b] = pair(i);
    out[a] = head[a]! * Math.cos(angle) - head[b]! * Math.sin(angle);
    out[b] = head[a]! * Math.sin(angle) + head[b]! * Math.cos(angle);
  });
  return out;
}

test('neighbours turn in llama.cpp as the halves of a head turn in transformers', () => {
  const angles = [0.3, 1.1, -0.7, 2];
  const order = pairsSideBySide(heads, headDim);
  const moved = arranged(values, order);
  for (let head = 0; head < heads; head++) {
    const of = (all: Float32Array) => all.slice(head * headDim, (head + 1) * headDim);
    const halves = turned(of(values), angles, (i) => [i, i + headDim / 2]);
    const neighbours = turned(of(moved), angles, (i) => [2 * i, 2 * i + 1]);
    const expected = arranged(halves, pairsSideBySide(1, headDim));
    expect(neighbours).toEqual(expected);
  }
  expect(arranged(values, order)).not.toEqual(values);
});

test('queries, keys and values of every head come together', () => {
  const rows = Float32Array.from({ length: 12 }, (_, i) => i);
  expect([...arranged(rows, partsTogether(2, 2))]).toEqual([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
});

test('the first value of each key comes before the second of each, as rows or as columns', () => {
  const order = firstOfEachKey(2, 3, 2, 1);
  const first = [0, 1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12];
  const row = Float32Array.from({ length: 13 }, (_, i) => i);
  expect([...arranged(row, order)]).toEqual(first);
  const columns = arranged(Float32Array.of(...row, ...row), { ...order, ofColumns: true });
  expect([...columns]).toEqual([...first, ...first]);
});

test.each([
  ['pairs', pairsSideBySide(heads, headDim)],
  ['parts', partsTogether(2, 4)],
  ['values', firstOfEachKey(2, 3, 4, 5)],
  ['columns', { ...firstOfEachKey(2, 3, 4), ofColumns: true }],
] as const)('%s go back to where they were', (_, order) => {
  const matrix = Float32Array.from({ length: order.order.length * 5 }, (_, i) => i);
  expect(restored(arranged(matrix, order), order)).toEqual(matrix);
});

test('a matrix is turned over its diagonal', () => {
  expect([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
});
