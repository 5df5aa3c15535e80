import type { AnsweredRow, AnsweredTable } from '../../../worker/protocol.ts';

const columns = {
  prompt: 'prompt',
  expected: 'expected',
  base: 'base',
  tuned: 'tuned',
  base_score: 'baseScore',
  tuned_score: 'tunedScore',
  base_right: 'baseRight',
  tuned_right: 'tunedRight',
} as const satisfies Record<string, keyof AnsweredRow>;

/**
 * The rows as CSV (RFC 4180), UTF-8 with a byte order mark, without which Excel reads it in the encoding of its country.
 * A score or verdict that is not known is an empty cell.
 */
export function answersCsv(rows: readonly AnsweredRow[]): string {
  const lines = rows.map((row) => Object.values(columns).map((key) => cell(row[key])));
  return `\uFEFF${[Object.keys(columns), ...lines].map((line) => `${line.join(',')}\r\n`).join('')}`;
}

function cell(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The same as JSON, with the scores of both sides. */
export const answersJson = ({ rows, base, tuned }: AnsweredTable): string =>
  `${JSON.stringify({ base, tuned, rows }, null, 2)}\n`;
