/** What stands between the cells of a CSV file, and what a file would be with each of the usual ones. */
import Papa from 'papaparse';
import { isUsualName } from './column-names.ts';

/** In order of preference where two fit equally. */
export const usualDelimiters = [',', '\t', ';', '|'] as const;

/** Excel's own first line, which names the delimiter. */
export const separatorLine = /^"?sep=(.)"?[^\S\n]*(?:\n|$)/i;

/** Records that a delimiter is judged by. */
const sniffedRecords = 50;

/** What the beginning of a text is with a delimiter. */
export interface DelimiterFit {
  readonly delimiter: string;
  /** Cells of the first record. */
  readonly columns: number;
  /** Share of the first fifty records that have as many. */
  readonly agreement: number;
}

/** The usual delimiters in their order, each with what the text is under it. */
export function delimiterFits(text: string): DelimiterFit[] {
  const body = text.replace(separatorLine, '');
  return usualDelimiters.map((delimiter) => {
    const { data } = Papa.parse<string[]>(body, { delimiter, newline: '\n', preview: sniffedRecords });
    const records = data.filter((cells) => cells.length > 1 || cells[0] !== '');
    const columns = records[0]?.length ?? 0;
    const agreeing = records.filter((cells) => cells.length === columns);
    return { delimiter, columns, agreement: records.length === 0 ? 0 : agreeing.length / records.length };
  });
}

/** The delimiter under which most records have as many cells as the first; then the one with most cells. */
export function bestDelimiter(fits: readonly DelimiterFit[]): DelimiterFit | null {
  const [best = null] = fits
    .filter(({ columns }) => columns > 1)
    .sort((a, b) => b.agreement - a.agreement || b.columns - a.columns);
  return best;
}

/** Records above the column names at most. */
const longestPreamble = 10;

/**
 * Records of one cell that stand above the column names, such as a title of the export: what follows them has names and at
 * least two rows, all with the same number of cells. A first line that is a usual name is no such title.
 * @param text its beginning, which may end within a record
 * @param chosen the delimiter; '' = one of the usual ones
 * @returns how many records, blank ones among them, and the delimiter; null without any
 */
export function preambleOf(
  text: string,
  chosen: string,
): { readonly records: number; readonly delimiter: string } | null {
  const found = (chosen === '' ? usualDelimiters : [chosen]).flatMap((delimiter) => {
    const { data } = Papa.parse<string[]>(text, {
      delimiter,
      newline: '\n',
      preview: sniffedRecords + longestPreamble,
    });
    // The last one may be cut.
    const records = text.endsWith('\n') ? data : data.slice(0, -1);
    const at = records.findIndex((cells) => cells.length > 1);
    const [columns, body] = [
      records[at]?.length ?? 0,
      records.slice(at).filter((cells) => cells.join('').trim() !== ''),
    ];
    const above = records
      .slice(0, Math.max(0, at))
      .flat()
      .filter((cell) => cell.trim() !== '');
    const isTable = body.length >= 3 && body.every((cells) => cells.length === columns) && hasNames(body[0]!);
    const isTitle = above.length > 0 && at <= longestPreamble && !above.some(isUsualName);
    return isTable && isTitle ? [{ records: at, delimiter, columns }] : [];
  });
  return found.sort((a, b) => b.columns - a.columns)[0] ?? null;
}

/** Characters of a column's name at most. */
const longestName = 40;

const hasNames = (cells: readonly string[]): boolean =>
  new Set(cells).size === cells.length &&
  cells.every((cell) => cell.trim() !== '' && cell.length <= longestName && !Number.isFinite(Number(cell)));
