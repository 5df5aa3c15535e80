import { type Cell, csvText } from '../data/csv-text.ts';

/** A byte order mark, without which Excel reads UTF-8 in the encoding of its country. */
export const forSpreadsheets = (csv: string): string => `\uFEFF${csv}`;

export const spreadsheetCsv = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  forSpreadsheets(csvText(head, rows));
