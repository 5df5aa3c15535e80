import type { RowLoss } from '../../../worker/protocol.ts';

export const exampleOrders = ['highest', 'worse', 'contradicts', 'repeated', 'file'] as const;
export type ExampleOrder = (typeof exampleOrders)[number];

/** Rows of a kind stand before the others; among each the highest loss comes first. */
export function inOrder(rows: readonly RowLoss[], order: ExampleOrder): readonly RowLoss[] {
  if (order === 'file') return rows;
  const loss = (row: RowLoss): number => (order === 'worse' ? row.after - row.before : row.after);
  const isFirst = ({ doubts }: RowLoss): boolean => doubts.some((doubt) => doubt === order);
  // What is no number is worth a look before all.
  const key = (row: RowLoss): number => (Number.isNaN(loss(row)) ? Number.POSITIVE_INFINITY : loss(row));
  return rows.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)) || key(b) - key(a) || 0);
}

/** Means over rows. */
export const meanLosses = (rows: readonly RowLoss[]): { readonly before: number; readonly after: number } => ({
  before: rows.reduce((sum, { before }) => sum + before, 0) / rows.length,
  after: rows.reduce((sum, { after }) => sum + after, 0) / rows.length,
});
