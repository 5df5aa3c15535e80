import { expect, test } from 'vitest';
import { sortedRows } from './row-order.ts';

const row = (prompt: string, baseScore: number | null, tunedScore: number | null) => ({
  prompt,
  expected: '',
  base: '',
  tuned: '',
  baseScore,
  tunedScore,
});
const rows = [row('a', 50, 60), row('b', null, null), row('c', 0, 40), row('d', 90, 80)];
const order = (by: Parameters<typeof sortedRows>[1]) => sortedRows(rows, by).map(({ prompt }) => prompt);

test('rows stand by score, by gain, or as in the data; without a score they stand last', () => {
  expect(order('asIs')).toEqual(['a', 'b', 'c', 'd']);
  expect(order('best')).toEqual(['d', 'a', 'c', 'b']);
  expect(order('worst')).toEqual(['c', 'a', 'd', 'b']);
  expect(order('gain')).toEqual(['c', 'a', 'd', 'b']);
});
