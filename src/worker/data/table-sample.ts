import type { TableRows } from '../../data/columns.ts';
import type { Table } from '../../data/table.ts';

/** Characters that a preview makes tokens of: a second or two, after every change of a setting. */
const previewCharacters = 4 << 20;

export interface TableSample {
  readonly table: TableRows;
  /** Rows of the whole table for each row of the sample. */
  readonly scale: number;
}

const sizes = new WeakMap<Table, number>();

/**
 * The rows that a preview looks at: all of a table, or of a large one every n-th. Of rows that are turns of conversations
 * the first ones, because a turn is nothing without those before it.
 */
export function sampleTable(table: Table, hasParents: boolean): TableSample {
  const size = sizes.get(table) ?? table.rows.reduce((sum, row) => sum + rowSize(row), 0);
  sizes.set(table, size);
  const step = Math.ceil(size / previewCharacters);
  if (step <= 1) return { table, scale: 1 };
  const { columns, rows, rowNumbers } = table;
  const count = Math.ceil(rows.length / step);
  const place = (index: number) => (hasParents ? index : index * step);
  const pick = <T>(from: readonly T[]) => Array.from({ length: count }, (_, index) => from[place(index)]!);
  return { table: { columns, rows: pick(rows), rowNumbers: pick(rowNumbers) }, scale: rows.length / count };
}

const rowSize = (row: readonly string[]): number => row.reduce((sum, cell) => sum + cell.length, 0);
