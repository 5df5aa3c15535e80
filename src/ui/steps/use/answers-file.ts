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

/**
 * The rows as CSV (RFC 4180), UTF-8 with a byte order mark, without which Excel reads it in the encoding of its country.
 * A score or verdict that is not known is an empty cell. Only pairs of answers have a column of rejected ones.
 */
export function answersCsv(rows: readonly AnsweredRow[]): string {
  const shown = Object.entries(columns).filter(([, key]) => key !== 'rejected' || rows.some((row) => row.rejected));
  const lines = rows.map((row) => shown.map(([, key]) => cell(row[key] ?? null)));
  return `\uFEFF${[shown.map(([name]) => name), ...lines].map((line) => `${line.join(',')}\r\n`).join('')}`;
}

function cell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The same as JSON, with the scores of both sides. */
export const answersJson = ({ rows, base, tuned }: AnsweredTable): string =>
  `${JSON.stringify({ base, tuned, rows }, null, 2)}\n`;
