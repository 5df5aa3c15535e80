export type Cell = string | number | boolean | null;

/** CSV (RFC 4180). What is not known is an empty cell. */
export const csvText = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [head, ...rows].map((line) => `${line.map(cell).join(',')}\r\n`).join('');

/** A byte order mark, without which Excel reads UTF-8 in the encoding of its country. */
export const forSpreadsheets = (csv: string): string => `\uFEFF${csv}`;

export const spreadsheetCsv = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  forSpreadsheets(csvText(head, rows));

function cell(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
