import { expect, test } from 'vitest';
import { bestDelimiter, delimiterFits } from './detect-delimiter.ts';

test('each usual delimiter has the columns that it makes, and how many records agree', () => {
  const fits = delimiterFits('sep=;\na, b;c;d\n1;2;3\n4;5\n\n6, 7;8;9\n');
  expect(fits).toEqual([
    { delimiter: ',', columns: 2, agreement: 0.5 },
    { delimiter: '\t', columns: 1, agreement: 1 },
    { delimiter: ';', columns: 3, agreement: 0.75 },
    { delimiter: '|', columns: 1, agreement: 1 },
  ]);
  expect(bestDelimiter(fits)?.delimiter).toBe(';');
});

test('one column, or nothing, has none', () => {
  expect(bestDelimiter(delimiterFits('text\nHello, world\n'))).toBeNull();
  expect(bestDelimiter(delimiterFits(''))).toBeNull();
});
