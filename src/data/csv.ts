import Papa from 'papaparse';
import { AppError } from '../errors.ts';
import { decodeText } from './encoding.ts';

export interface TableProblem {
  /** As a spreadsheet numbers it: the header is row 1, the first data row is 2. */
  readonly row: number;
  /** `ragged`: fewer or more cells than the header; `duplicate`: every cell equals those of an earlier row. */
  readonly kind: 'empty-cell' | 'duplicate' | 'ragged';
  /** The column of an empty cell. */
  readonly column?: string;
}

export interface Table {
  readonly columns: readonly string[];
  /** `[rows][columns]`; every row has one cell for each column. */
  readonly rows: readonly (readonly string[])[];
  readonly delimiter: string;
  readonly encoding: string;
  readonly problems: readonly TableProblem[];
}

export interface TableOptions {
  /** For messages and for its ending. */
  readonly fileName: string;
  /** Plain-text training needs only one column. */
  readonly allowOneColumn?: boolean;
}

/** In order of preference where two fit equally. */
const delimiters = [',', '\t', ';'];
/** Records that a delimiter is judged by. */
const sniffedRecords = 50;
const foreignEndings = /\.(xlsx?|ods|numbers|parquet|jsonl?|ndjson|arrow|feather|zip|gz|pdf|docx?)$/i;

/**
 * Reads a CSV or TSV table: quotes, doubled quotes and newlines in fields, byte order mark, any line ending (line
 * endings inside fields become \n), comma, tab or semicolon found out. Blank lines are left out; rows are made as wide
 * as the header.
 *
 * @param source the text, or a Blob or File, whose encoding is found out.
 * @throws AppError 'data-format-unsupported', 'csv-quotes' with the row where the quote opens, 'csv-empty',
 * 'csv-one-column'.
 */
export async function parseTable(source: string | Blob, options: TableOptions): Promise<Table> {
  const file = options.fileName;
  if (foreignEndings.test(file)) throw new AppError('data-format-unsupported', { file });
  const { text, encoding } =
    typeof source === 'string'
      ? { text: source.replace(/^\uFEFF/, ''), encoding: 'utf-8' }
      : decodeText(new Uint8Array(await source.arrayBuffer()));
  if (text.includes('\0')) throw new AppError('data-format-unsupported', { file });
  const lines = text.replace(/\r\n?/g, '\n');
  const delimiter = sniffDelimiter(lines);
  const records = parseRecords(lines, delimiter, file);
  const [header, ...body] = records;
  if (header === undefined || body.length === 0) throw new AppError('csv-empty', { file });
  if (header.cells.length < 2 && !options.allowOneColumn) throw new AppError('csv-one-column', { file });
  const columns = columnNames(header.cells);
  const rows = body.map(({ cells }) => columns.map((_, index) => cells[index] ?? ''));
  return { columns, rows, delimiter, encoding, problems: findProblems(columns, body) };
}

interface NumberedRecord {
  /** 1 for the header's, counting blank lines. */
  readonly row: number;
  readonly cells: readonly string[];
}

function parseRecords(text: string, delimiter: string, file: string): NumberedRecord[] {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: '\n' });
  const quotes = errors.find((error) => error.type === 'Quotes');
  if (quotes) throw new AppError('csv-quotes', { file, row: (quotes.row ?? 0) + 1 });
  return data
    .map((cells, index) => ({ row: index + 1, cells }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
}

/** The delimiter under which most records have as many fields as the header; then the one with most fields. */
function sniffDelimiter(text: string): string {
  let best = { delimiter: ',', agreement: 0, width: 1 };
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
  return best.delimiter;
}

/** Trimmed header cells; nameless columns get a number, repeated names a suffix, so that each can be chosen. */
function columnNames(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const name = cell.trim() || `column_${index + 1}`;
    let unique = name;
    for (let copy = 2; taken.has(unique); copy++) unique = `${name}_${copy}`;
    taken.add(unique);
    return unique;
  });
}

function findProblems(columns: readonly string[], records: readonly NumberedRecord[]): TableProblem[] {
  const problems: TableProblem[] = [];
  const seen = new Set<string>();
  for (const { row, cells } of records) {
    if (cells.length !== columns.length) problems.push({ row, kind: 'ragged' });
    columns.forEach((column, index) => {
      if ((cells[index] ?? '').trim() === '') problems.push({ row, kind: 'empty-cell', column });
    });
    const key = JSON.stringify(cells);
    if (seen.has(key)) problems.push({ row, kind: 'duplicate' });
    seen.add(key);
  }
  return problems;
}
