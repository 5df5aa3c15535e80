/** What stands between the cells of a CSV file, and what a file would be with each of the usual ones. */
import Papa from 'papaparse';

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
