import type { TableRows } from './columns.ts';
import { approvedAsOwn } from './made-rows.ts';

/** Characters that a preview makes tokens of: a second or two, after every change of a setting. */
const previewCharacters = 4 << 20;

export interface TableSample {
  readonly table: TableRows;
  /** Rows of the whole table for each row of the sample. */
  readonly scale: number;
}

const sizes = new WeakMap<TableRows, number>();

/**
 * The rows that stand for a table where not all are looked at: all of a table of up to so many characters, or of a
 * larger one every n-th. Of rows that are turns of conversations the first ones, because a turn is nothing without those
 * before it.
 */
export function sampleTable(table: TableRows, hasParents: boolean, characters = previewCharacters): TableSample {
  const size = sizes.get(table) ?? table.rows.reduce((sum, row) => sum + rowSize(row), 0);
  sizes.set(table, size);
  const step = Math.ceil(size / characters);
  if (step <= 1) return { table, scale: 1 };
  const { columns, rows, rowNumbers } = approvedAsOwn(table);
  const count = Math.ceil(rows.length / step);
  const place = (index: number) => (hasParents ? index : index * step);
  const pick = <T>(from: readonly T[]) => Array.from({ length: count }, (_, index) => from[place(index)]!);
  return {
    table: { columns, rows: pick(rows), ...(rowNumbers ? { rowNumbers: pick(rowNumbers) } : {}) },
    scale: rows.length / count,
  };
}

/** The rows with the most characters, which a sample may lack. */
export function longestRows({ columns, rows, rowNumbers }: TableRows, count: number): TableRows {
  const sized = rows.map((row, index) => ({ index, size: rowSize(row) })).sort((a, b) => b.size - a.size);
  const found = sized.slice(0, count).map(({ index }) => index);
  const numbers = rowNumbers && { rowNumbers: found.map((index) => rowNumbers[index]!) };
  return { columns, rows: found.map((index) => rows[index]!), ...numbers };
}

const rowSize = (row: readonly string[]): number => row.reduce((sum, cell) => sum + cell.length, 0);
