import { AppError } from '../errors.ts';
import { looksLikeConll, readConll } from './conll.ts';
import { looksTabbed, readCsv } from './csv.ts';
import { detectEncoding, type FoundEncoding } from './detect-encoding.ts';
import { beginningOf, encodingName, textPieces } from './encoding.ts';
import { looksLikeRow } from './header-row.ts';
import { linesOf, readJson, readJsonLines, readLines } from './json.ts';
import type { Progress } from './progress.ts';
import { type Table, TableBuilder, type TableFacts, type TableFormat } from './table.ts';

/** How the text of a file is to be read; what is empty is found out. Formats that are no text do not look at it. */
export interface TableReading {
  /** A label of WHATWG's standard. */
  readonly encoding: string;
  /** The character between the cells of CSV; plain text is read as CSV with it. JSON and CoNLL do not look at it. */
  readonly delimiter: string;
}

export const foundOut: TableReading = { encoding: '', delimiter: '' };

/** That of the settings. */
export const readingOf = ({ encoding, delimiter }: TableReading): TableReading => ({ encoding, delimiter });

export interface ReadOptions extends Partial<TableReading> {
  /** For messages and for its ending. */
  readonly fileName: string;
  readonly onProgress?: Progress | undefined;
}

const foreignEndings = /\.(xls[bm]?|ods|numbers|arrow|feather|avro|zip|gz|bz2|xz|7z|tar|pdf|docx?|pptx?|png|jpe?g)$/i;

/**
 * Reads a table: CSV, TSV, lines of text, CoNLL, JSON, JSONL, Parquet or Excel (.xlsx). Parquet and Excel are known by their
 * first bytes, texts by the file's ending, and CoNLL whatever it is called; encoding and delimiter are found out, unless
 * the options name them. Only the rows are held, not the file.
 *
 * @throws AppError 'data-format-unsupported'; 'table-invalid', 'json-invalid' and 'json-no-rows' where the file is not what
 * it should be; 'csv-quotes' with the row where a quote opens and never closes; 'csv-empty' without rows; 'conll-apart';
 * 'table-too-wide', 'table-too-sparse', 'cell-too-long' and 'json-too-large' for what no table of text needs;
 * 'setting-unsupported' for an encoding that there is not.
 */
export async function readTable(source: Blob | string, options: ReadOptions): Promise<Table> {
  return readTables([typeof source === 'string' ? new Blob([source]) : source], options);
}

/** Reads a table that is cut into several files of one format, one after another. Throws as `readTable`. */
export async function readTables(blobs: readonly Blob[], options: ReadOptions): Promise<Table> {
  const { fileName, onProgress } = options;
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const builder = new TableBuilder(fileName, total);
  let facts: TableFacts = { format: 'csv', delimiter: '', encoding: '', encodingGuessed: false };
  let before = 0;
  for (const blob of blobs) {
    const base = before;
    builder.beginPart();
    const part = await readPart(blob, options, builder, (done) => onProgress?.(base + done, total));
    facts = { ...part, encodingGuessed: part.encodingGuessed || facts.encodingGuessed };
    before += blob.size;
  }
  if (builder.rowCount === 0) throw new AppError('csv-empty', { file: fileName });
  if (/^(csv|excel)$/.test(facts.format) && looksLikeRow(builder)) builder.noteTable('header-like-row');
  return builder.table(facts);
}

async function readPart(
  blob: Blob,
  { fileName: file, encoding: wanted = '', delimiter = '' }: ReadOptions,
  builder: TableBuilder,
  onProgress: Progress,
): Promise<TableFacts> {
  const format = await formatOf(blob, file);
  const binary = { format, delimiter: '', encoding: '', encodingGuessed: false };
  if (format === 'parquet') {
    await (await import('./parquet.ts')).readParquet(blob, file, builder, onProgress);
    return binary;
  }
  if (format === 'excel') {
    await (await import('./excel.ts')).readExcel(blob, file, builder);
    return binary;
  }
  const found = await textEncoding(blob, file, wanted);
  const { encoding } = found;
  const facts = { format, delimiter: '', encoding, encodingGuessed: found.guessed };
  const pieces = textPieces(blob, encoding, onProgress);
  if (format === 'json') await readJson(pieces, file, builder);
  else if (format === 'jsonl') await readJsonLines(pieces, file, builder);
  else {
    const start = await beginningOf(blob, encoding);
    if (format === 'conll' || (delimiter === '' && looksLikeConll(start, format === 'text'))) {
      await readConll(linesOf(pieces, file), file, builder);
      return { ...facts, format: 'conll' };
    }
    if (format === 'csv' || delimiter !== '' || looksTabbed(start))
      return { ...facts, format: 'csv', delimiter: await readCsv(pieces, file, builder, delimiter) };
    await readLines(pieces, file, builder);
  }
  return facts;
}

/** The encoding that is asked for, or found out. @throws AppError 'data-format-unsupported' for what is no text */
async function textEncoding(blob: Blob, file: string, wanted: string): Promise<FoundEncoding> {
  const found = wanted === '' ? await detectEncoding(blob) : { encoding: encodingName(wanted), guessed: false };
  const isWide = found.encoding.startsWith('utf-16') && !(await isMarkedUtf32(blob));
  if (!isWide && (await looksBinary(blob))) throw new AppError('data-format-unsupported', { file });
  return found;
}

/** What a file is, by its first bytes and its ending. @throws AppError 'data-format-unsupported' */
async function formatOf(blob: Blob, file: string): Promise<TableFormat> {
  const head = new Uint8Array(await blob.slice(0, 4).arrayBuffer());
  const magic = String.fromCharCode(...head);
  if (magic === 'PAR1') return 'parquet';
  if (/\.xlsx$/i.test(file) && magic === 'PK\x03\x04') return 'excel';
  const refused = magic === 'PK\x03\x04' || foreignEndings.test(file) || /\.(xlsx|pq|parquet)$/i.test(file);
  if (refused) throw new AppError('data-format-unsupported', { file });
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  if (/\.json$/i.test(file)) return 'json';
  if (/\.(conll|conll2003|bio|iob2?)$/i.test(file)) return 'conll';
  return /\.txt$/i.test(file) ? 'text' : 'csv';
}

/** UTF-32, little endian, begins as UTF-16 does. */
const isMarkedUtf32 = async (blob: Blob): Promise<boolean> =>
  [...new Uint8Array(await blob.slice(0, 4).arrayBuffer())].join() === '255,254,0,0';

/** One control character in five bytes; a NUL or two happen in texts. */
async function looksBinary(blob: Blob): Promise<boolean> {
  const head = new Uint8Array(await blob.slice(0, 4096).arrayBuffer());
  const controls = head.filter((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b);
  return 5 * controls.length > head.length;
}
