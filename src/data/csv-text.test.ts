import { expect, test } from 'vitest';
import { csvText } from './csv-text.ts';
import { readTable } from './read-table.ts';

test('whatever a cell holds is read as it was written', async () => {
  const rows = [
    ['a "b"', 'c,d', ' e', 'f\ng'],
    ['', '日本', '"', 'h'],
  ];
  const text = csvText(['one', 'two', 'three', 'four'], rows);
  const table = await readTable(text, { fileName: 'a.csv' });
  expect([table.columns, ...table.rows]).toEqual([['one', 'two', 'three', 'four'], ...rows]);
  expect(csvText(['n'], [[null], [1e-7], [true]])).toBe('n\r\n\r\n1e-7\r\ntrue\r\n');
});
