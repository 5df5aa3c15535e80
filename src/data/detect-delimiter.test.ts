import { expect, test } from 'vitest';
import { bestDelimiter, delimiterFits, preambleOf } from './detect-delimiter.ts';

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

test('lines above the names are told from names', () => {
  const rows = 'question,answer\n1?,"one, or two"\n2?,two\n';
  expect(preambleOf(`Export of 2024-01-01\n\n${rows}`, '')).toMatchObject({ records: 2, delimiter: ',' });
  expect(preambleOf(`Title\n${rows.replaceAll(',', ';')}`, '')).toMatchObject({ records: 1, delimiter: ';' });
  expect(preambleOf(`Title\n${rows}`, ';')).toBeNull();
  expect(preambleOf(rows, '')).toBeNull();
  // One column, whose lines have commas.
  expect(preambleOf(`text\n${rows}`, '')).toBeNull();
  expect(preambleOf('My poem\nHello, world\nHi, you\nOh, that, too\n', '')).toBeNull();
});
