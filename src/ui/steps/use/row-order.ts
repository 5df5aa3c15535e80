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

function keyOf({ baseScore, tunedScore }: AnsweredRow, order: RowOrder): number | null {
  if (order !== 'gain' || tunedScore === null) return tunedScore;
  return tunedScore - (baseScore ?? 0);
}
