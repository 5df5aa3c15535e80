import { expect, test } from 'vitest';
import { rightRows, sortedRows } from './row-order.ts';

const row = (prompt: string, baseScore: number | null, tunedScore: number | null) => ({
  prompt,
  expected: '',
  base: '',
  tuned: '',
  baseScore,
  tunedScore,
  baseRight: null as boolean | null,
  tunedRight: null as boolean | null,
});
const rows = [row('a', 50, 60), row('b', null, null), row('c', 0, 40), row('d', 90, 80)];
const order = (by: Parameters<typeof sortedRows>[1]) => sortedRows(rows, by).map(({ prompt }) => prompt);

test('rows stand by score, by gain, or as in the data; without a score they stand last', () => {
  expect(order('asIs')).toEqual(['a', 'b', 'c', 'd']);
  expect(order('best')).toEqual(['d', 'a', 'c', 'b']);
  expect(order('worst')).toEqual(['c', 'a', 'd', 'b']);
  expect(order('gain')).toEqual(['c', 'a', 'd', 'b']);
});

test('rows that no metric scores stand wrong ones first, and are counted', () => {
  const said = (prompt: string, baseRight: boolean, tunedRight: boolean) => ({
    ...row(prompt, null, null),
    baseRight,
    tunedRight,
  });
  const written = [said('a', false, true), said('b', true, false), said('c', false, true)];
  expect(sortedRows(written, 'worst').map(({ prompt }) => prompt)).toEqual(['b', 'a', 'c']);
  expect(sortedRows(written, 'gain').map(({ prompt }) => prompt)).toEqual(['a', 'c', 'b']);
  expect(rightRows(written)).toEqual({ base: 1, tuned: 2 });
  expect(rightRows(rows)).toBeNull();
});
