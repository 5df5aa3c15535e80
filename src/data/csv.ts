import Papa from 'papaparse';
import { AppError } from '../errors.ts';
import { bestDelimiter, delimiterFits, preambleOf, separatorLine } from './detect-delimiter.ts';
import type { TableBuilder } from './table.ts';
import { longestCell, requireCell } from './table-budget.ts';

/** Quotes that are never closed, each of which is looked behind; more are no slip of the pen. */
const mostOpenQuotes = 20;

/** Characters behind such a quote that may be lost where no line there is a row. */
const longestLoss = 1 << 16;

/** Nothing that a text holds: a table of one column is read with it, whose lines may have commas. */
const none = '\x1f';

/**
 * Reads CSV or TSV piece by piece: quotes, doubled quotes and newlines in fields; comma, tab, semicolon or bar found
 * out, or any that a first line `sep=` names. Lines of one cell above the column names are listed, blank lines left out;
 * rows are made as wide as the header. A header in which none of the four stands makes a cell of each line.
 *
 * @param pieces the text with \n as line end; only what is not parsed yet is held beside the rows
 * @param chosen the delimiter, whatever the text says; '' = found out
 * @returns the delimiter; '' where none was found, for one column
 *
 * A quote that is never closed would swallow the rest of the file: its line is left out and listed, and reading goes on at
 * the next line that has as many cells as the header.
 * @throws AppError 'csv-quotes' with the row where a quote opens that is never closed, in the header, in too many rows, or
 * where no row follows
 */
export async function readCsv(
  pieces: AsyncIterable<string>,
  file: string,
  builder: TableBuilder,
  chosen = '',
): Promise<string> {
  const reader = new CsvReader(file, builder, chosen);
  for await (const piece of pieces) reader.take(piece, false);
  reader.take('', true);
  return reader.delimiter === none ? '' : reader.delimiter;
}

class CsvReader {
  delimiter = '';
  private rest = '';
  private rowsBefore = 0;
  private places: readonly number[] | null = null;
  private openQuotes = 0;
  /** Records above the column names. */
  private preamble = 0;

  constructor(
    private readonly file: string,
    private readonly builder: TableBuilder,
    private readonly chosen: string,
  ) {}

  take(piece: string, isLast: boolean): void {
    let text = this.rest + piece;
    if (this.delimiter === '') {
      if (!isLast && !text.includes('\n')) {
        requireCell(this.file, 1, text.length);
        this.rest = text;
        return;
      }
      const named = separatorLine.exec(text);
      text = text.slice(named?.[0].length ?? 0);
      const wanted = this.chosen || (named?.[1] ?? '');
      const preamble = preambleOf(text, wanted);
      this.preamble = preamble?.records ?? 0;
      this.delimiter = preamble?.delimiter ?? (wanted || (bestDelimiter(delimiterFits(text))?.delimiter ?? none));
    }
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline: '\n' });
    const { data, errors, meta } = parser.parse(text, 0, !isLast) as Papa.ParseResult<string[]>;
    const quoteErrors = errors.filter(({ type, row }) => type === 'Quotes' && (row ?? 0) < data.length);
    const open = quoteErrors.find(({ code }) => code === 'MissingQuotes');
    const stray = new Set(quoteErrors.map(({ row }) => row));
    const whole = open ? data.slice(0, open.row ?? 0) : data;
    whole.forEach((cells, index) => {
      this.addRecord(this.rowsBefore + index + 1, cells, stray.has(index));
    });
    this.rowsBefore += whole.length;
    // The open record is the last one; it begins behind those before it.
    const behind = open ? text.slice(this.endOf(text, whole.length)) : text.slice(meta.cursor);
    this.rest = open ? this.behindQuote(behind) : behind;
    if (!isLast && this.rest.length > longestCell) this.rest = this.behindLong(this.rest);
    if (open) this.take('', isLast);
  }

  /** Where the first records of a text end. */
  private endOf(text: string, records: number): number {
    if (records === 0) return 0;
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline: '\n', preview: records });
    return parser.parse(text, 0, false).meta.cursor;
  }

  /** What follows a record whose quote never closes, from the next line that can be a row; lines between are listed. */
  private behindQuote(text: string): string {
    const lines: number[] = [];
    let start = 0;
    do {
      lines.push(this.rowsBefore + lines.length + 1);
      start = lineEnd(text, start) + 1;
    } while (start < text.length && !this.isRow(text.slice(start, lineEnd(text, start))));
    const isLost = start >= text.length && text.length > longestLoss;
    if (this.places === null || ++this.openQuotes > mostOpenQuotes || isLost)
      throw new AppError('csv-quotes', { file: this.file, row: this.rowsBefore + 1 });
    for (const line of lines) this.builder.note(line, 'quote-open');
    this.rowsBefore += lines.length;
    return text.slice(start);
  }

  /** A record that is longer than any is: an open quote that swallows the rest of the file, or one long cell. */
  private behindLong(text: string): string {
    if (!text.includes('"') || !text.includes('\n')) requireCell(this.file, this.rowsBefore + 1, text.length);
    return this.behindQuote(text);
  }

  private isRow(line: string): boolean {
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline: '\n' });
    const { data, errors } = parser.parse(line, 0, false) as Papa.ParseResult<string[]>;
    return data[0]?.length === this.places?.length && !errors.some(({ type }) => type === 'Quotes');
  }

  private addRecord(row: number, cells: readonly string[], hasStrayQuote: boolean): void {
    if (cells.every((cell) => cell.trim() === '')) {
      if (cells.length > 1 && this.places) this.builder.note(row, 'empty-row');
      return;
    }
    if (row <= this.preamble) {
      this.builder.note(row, 'preamble');
      return;
    }
    if (this.places === null) {
      this.places = this.builder.header(cells);
      return;
    }
    if (cells.length !== this.places.length) this.builder.note(row, 'ragged');
    if (hasStrayQuote) this.builder.note(row, 'quotes');
    this.builder.add(row, cells, this.places);
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

/** Whether a text file is a table with tabs, as spreadsheets save "text", rather than lines of plain text. */
export function looksTabbed(text: string): boolean {
  const best = bestDelimiter(delimiterFits(text));
  return best?.delimiter === '\t' && best.agreement === 1;
}
