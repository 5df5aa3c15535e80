import Papa from 'papaparse';
import { AppError } from '../errors.ts';
import { columnNames, type TableBuilder } from './table.ts';

/** In order of preference where two fit equally. */
const delimiters = [',', '\t', ';', '|'];
/** Records that a delimiter is chosen by. */
const sniffedRecords = 50;
/** A record longer than this is an open quote that swallows the rest of the file. */
const longestRecord = 32 << 20;

/** Nothing that a text holds: a table of one column is read with it, whose lines may have commas. */
const none = '\x1f';
/** Excel's own first line, which names the delimiter. */
const separatorLine = /^"?sep=(.)"?[^\S\n]*(?:\n|$)/i;

/**
 * Reads CSV or TSV piece by piece: quotes, doubled quotes and newlines in fields; comma, tab, semicolon or bar found
 * out, or any that a first line `sep=` names. Blank lines are left out; rows are made as wide as the header, which is row
 * 1. A header of one column makes a cell of each line.
 *
 * @param pieces the text with \n as line end; only what is not parsed yet is held beside the rows
 * @returns the delimiter; '' for one column
 * @throws AppError 'csv-quotes' with the row where a quote opens that is never closed
 */
export async function readCsv(pieces: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<string> {
  const reader = new CsvReader(file, builder);
  for await (const piece of pieces) reader.take(piece, false);
  reader.take('', true);
  return reader.delimiter === none ? '' : reader.delimiter;
}

class CsvReader {
  delimiter = '';
  private rest = '';
  private rowsBefore = 0;
  private places: readonly number[] | null = null;

  constructor(
    private readonly file: string,
    private readonly builder: TableBuilder,
  ) {}

  take(piece: string, isLast: boolean): void {
    let text = this.rest + piece;
    if (this.delimiter === '') {
      if (!isLast && !text.includes('\n')) {
        this.rest = text;
        return;
      }
      const named = separatorLine.exec(text);
      text = text.slice(named?.[0].length ?? 0);
      this.delimiter = named?.[1] ?? sniff(text).delimiter;
    }
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline: '\n' });
    const { data, errors, meta } = parser.parse(text, 0, !isLast) as Papa.ParseResult<string[]>;
    const quoteErrors = errors.filter(({ type, row }) => type === 'Quotes' && (row ?? 0) < data.length);
    const open = quoteErrors.find(({ code }) => code === 'MissingQuotes');
    if (open) throw this.quoteError(open.row ?? 0);
    const stray = new Set(quoteErrors.map(({ row }) => row));
    data.forEach((cells, index) => {
      this.addRecord(this.rowsBefore + index + 1, cells, stray.has(index));
    });
    this.rowsBefore += data.length;
    this.rest = text.slice(meta.cursor);
    if (!isLast && this.rest.length > longestRecord) throw this.quoteError(0);
  }

  private quoteError(row: number): AppError {
    return new AppError('csv-quotes', { file: this.file, row: this.rowsBefore + row + 1 });
  }

  private addRecord(row: number, cells: readonly string[], hasStrayQuote: boolean): void {
    if (cells.every((cell) => cell.trim() === '')) {
      if (cells.length > 1 && this.places) this.builder.note(row, 'empty-row');
      return;
    }
    if (this.places === null) {
      this.places = this.builder.places(columnNames(cells));
      return;
    }
    if (cells.length !== this.places.length) this.builder.note(row, 'ragged');
    if (hasStrayQuote) this.builder.note(row, 'quotes');
    this.builder.add(row, cells, this.places);
  }
}

/** Whether a text file is a table with tabs, as spreadsheets save "text", rather than lines of plain text. */
export function looksTabbed(text: string): boolean {
  const { delimiter, agreement } = sniff(text);
  return delimiter === '\t' && agreement === 1;
}

/** The delimiter under which most records have as many fields as the header; then the one with most fields. */
function sniff(text: string) {
  let best = { delimiter: none, agreement: 0, width: 1 };
  for (const delimiter of delimiters) {
    const { data } = Papa.parse<string[]>(text, { delimiter, newline: '\n', preview: sniffedRecords });
    const records = data.filter((cells) => cells.length > 1 || cells[0] !== '');
    const width = records[0]?.length ?? 0;
    if (width < 2) continue;
    const agreement = records.filter((cells) => cells.length === width).length / records.length;
    if (agreement > best.agreement || (agreement === best.agreement && width > best.width)) {
      best = { delimiter, agreement, width };
    }
  }
  return best;
}
