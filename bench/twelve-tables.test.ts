import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { twelveTables } from '../e2e/twelve/tables.ts';
import { readTable } from '../src/data/read-table.ts';

const tables = twelveTables();

test('there are twelve tables of 20 to 5,000 rows, four of them messy, and one that cannot be learned', () => {
  expect(tables).toHaveLength(12);
  const sizes = tables.map(({ rows }) => rows.length);
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([20, 5000]);
  expect(tables.filter(({ mess }) => mess !== null)).toHaveLength(4);
  expect(tables.filter(({ verdict }) => verdict === 'not learned').map(({ file }) => file)).toEqual([
    'shuffled-200.csv',
  ]);
});

test('they are the same bytes each time', () => {
  const digest = (made: typeof tables) =>
    made.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')).join('');
  expect(digest(twelveTables())).toBe(digest(tables));
});

test('no row stands in a table twice', () => {
  for (const { file, rows } of tables)
    expect(new Set(rows.map(({ turns }) => JSON.stringify(turns.map(([question]) => question)))).size, file).toBe(
      rows.length,
    );
});

test.each(tables.map((table) => [table.file, table] as const))(
  '%s holds its columns and its good rows',
  async (file, table) => {
    const read = await readTable(new Blob([Uint8Array.from(table.bytes)]), { fileName: file });
    for (const column of [table.prompt, table.answer]) if (column !== null) expect(read.columns).toContain(column);
    expect(read.rows.length).toBeGreaterThanOrEqual(table.rows.length);
  },
);
