import { expect, test } from 'vitest';
import { readTable } from './read-table.ts';
import { sampleTable } from './table-sample.ts';

test('a preview looks at a small table whole, and at rows from all over a large one', async () => {
  const small = await readTable('a,b\n1,2\n3,4\n', { fileName: 'a.csv' });
  expect(sampleTable(small, false)).toEqual({ table: small, scale: 1 });
  const cell = 'x'.repeat(1000);
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index},${cell}`);
  const large = await readTable(`id,text\n${lines.join('\n')}\n`, { fileName: 'a.csv' });
  const { table, scale } = sampleTable(large, false);
  expect(scale).toBe(5);
  expect(table.rows.map(([id]) => Number(id))).toEqual(Array.from({ length: 4000 }, (_, index) => index * 5));
  expect(table.rowNumbers![1]).toBe(7);
  const turns = sampleTable(large, true);
  expect(turns.table.rows.map(([id]) => Number(id))).toEqual([...Array(4000).keys()]);
});
