import { spreadsheetCsv } from '../../../data/csv-text.ts';
import type { AnsweredRow, AnsweredTable } from '../../../worker/protocol.ts';

const columns = {
  prompt: 'prompt',
  expected: 'expected',
  rejected: 'rejected',
  base: 'base',
  tuned: 'tuned',
  base_score: 'baseScore',
  tuned_score: 'tunedScore',
  base_right: 'baseRight',
  tuned_right: 'tunedRight',
} as const satisfies Record<string, keyof AnsweredRow>;

/** The rows as CSV. Only pairs of answers have a column of rejected ones. */
export function answersCsv(rows: readonly AnsweredRow[]): string {
  const shown = Object.entries(columns).filter(([, key]) => key !== 'rejected' || rows.some((row) => row.rejected));
  const lines = rows.map((row) => shown.map(([, key]) => row[key] ?? null));
  return spreadsheetCsv(
    shown.map(([name]) => name),
    lines,
  );
}

/** The same as JSON, with the scores of both sides. */
export const answersJson = ({ rows, base, tuned }: AnsweredTable): string =>
  `${JSON.stringify({ base, tuned, rows }, null, 2)}\n`;
