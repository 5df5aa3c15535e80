import type { AnsweredRow } from '../../../worker/protocol.ts';

export const rowOrders = ['asIs', 'best', 'worst', 'gain'] as const;
export type RowOrder = (typeof rowOrders)[number];

/** Rows by their score after training, or by what training won; rows without a score stand last. */
export function sortedRows(rows: readonly AnsweredRow[], order: RowOrder): readonly AnsweredRow[] {
  if (order === 'asIs') return rows;
  const sign = order === 'worst' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: keyOf(row, order) }));
  const last = Number.POSITIVE_INFINITY;
  return keyed
    .toSorted((a, b) => (a.key === null ? last : sign * a.key) - (b.key === null ? last : sign * b.key) || 0)
    .map(({ row }) => row);
}

function keyOf(row: AnsweredRow, order: RowOrder): number | null {
  const [before, after] = [row.baseScore ?? truth(row.baseRight), row.tunedScore ?? truth(row.tunedRight)];
  return order !== 'gain' || after === null ? after : after - (before ?? 0);
}

/** Rows that no metric scores are right or wrong, where that can be said. */
const truth = (right: boolean | null): number | null => (right === null ? null : Number(right));

/** How many rows are answered right, before and after; null where that cannot be said. */
export function rightRows(rows: readonly AnsweredRow[]): { readonly base: number; readonly tuned: number } | null {
  if (rows.some(({ tunedRight }) => tunedRight === null)) return null;
  const count = (side: 'baseRight' | 'tunedRight') => rows.filter((row) => row[side]).length;
  return { base: count('baseRight'), tuned: count('tunedRight') };
}
