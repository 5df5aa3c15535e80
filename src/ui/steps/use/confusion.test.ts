import { expect, test } from 'vitest';
import type { AnsweredRow } from '../../../worker/protocol.ts';
import { confusionCsv, confusionOf, rowsIn } from './confusion.ts';

const row = (expected: string, tunedSaid?: string): AnsweredRow => ({
  ...{
    prompt: '',
    expected,
    base: '',
    tuned: '',
    baseScore: null,
    tunedScore: null,
    baseRight: null,
    tunedRight: null,
  },
  ...(tunedSaid === undefined ? {} : { baseSaid: 'x', tunedSaid }),
});

test('rows are counted by what was expected and what was said', () => {
  const rows = [row('b', 'b'), row('a, "c"', 'b'), row('b', 'b'), row('b', 'd')];
  const matrix = confusionOf(rows)!;
  expect(matrix).toEqual({
    classes: ['a, "c"', 'b', 'd'],
    counts: [
      [0, 1, 0],
      [0, 2, 1],
      [0, 0, 0],
    ],
  });
  expect(rowsIn(rows, { expected: 'b', said: 'd' })).toEqual([rows[3]]);
  expect(confusionCsv(matrix)).toBe('\uFEFFexpected,"a, ""c""",b,d\r\n"a, ""c""",0,1,0\r\nb,0,2,1\r\nd,0,0,0\r\n');
});

test('numbers, several labels at once and very many classes have no matrix', () => {
  expect(confusionOf([])).toBeNull();
  expect(confusionOf([row('a', 'a'), row('a')])).toBeNull();
  expect(confusionOf(Array.from({ length: 25 }, (_, index) => row(String(index), '0')))).toBeNull();
});
