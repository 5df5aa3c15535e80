import { AppError } from '../errors.ts';
import { looksTabbed, readCsv } from './csv.ts';
import { detectEncoding, textPieces } from './encoding.ts';
import { readJson, readJsonLines, readLines } from './json.ts';
import { type Table, TableBuilder, type TableFormat } from './table.ts';

/** Told while a file is read: bytes read, bytes in all. */
export type Progress = (done: number, total: number) => void;

export interface ReadOptions {
  /** For messages and for its ending. */
  readonly fileName: string;
  readonly onProgress?: Progress | undefined;
}

const foreignEndings = /\.(xls[bm]?|ods|numbers|arrow|feather|avro|zip|gz|bz2|xz|7z|tar|pdf|docx?|pptx?|png|jpe?g)$/i;

/**
 * Reads a table: CSV, TSV, lines of text, JSON, JSONL, Parquet or Excel (.xlsx). Parquet and Excel are known by their
 * first bytes, texts by the file's ending; encoding and delimiter are found out. Only the rows are held, not the file.
 *
 * @throws AppError 'data-format-unsupported'; 'table-invalid' where the file is not what it should be; 'csv-quotes' with
 * the row where a quote opens and never closes; 'csv-empty' without rows.
 */
export async function readTable(source: Blob | string, options: ReadOptions): Promise<Table> {
  return readTables([typeof source === 'string' ? new Blob([source]) : source], options);
}

/** Reads a table that is cut into several files of one format, one after another. Throws as `readTable`. */
export async function readTables(blobs: readonly Blob[], { fileName, onProgress }: ReadOptions): Promise<Table> {
  const builder = new TableBuilder();
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  let facts: Pick<Table, 'format' | 'delimiter' | 'encoding'> = { format: 'csv', delimiter: '', encoding: '' };
  let before = 0;
  for (const blob of blobs) {
    const base = before;
    builder.beginPart();
    facts = await readPart(blob, fileName, builder, (done) => onProgress?.(base + done, total));
    before += blob.size;
  }
  if (builder.rowCount === 0) throw new AppError('csv-empty', { file: fileName });
  return builder.table(facts);
}

async function readPart(blob: Blob, file: string, builder: TableBuilder, onProgress: Progress) {
  const format = await formatOf(blob, file);
  const binary = { format, delimiter: '', encoding: '' };
  if (format === 'parquet') {
    await (await import('./parquet.ts')).readParquet(blob, file, builder, onProgress);
    return binary;
  }
  if (format === 'excel') {
    await (await import('./excel.ts')).readExcel(blob, file, builder);
    return binary;
  }
  const encoding = await detectEncoding(blob);
  const pieces = () => refuseBinary(textPieces(blob, encoding, onProgress), file);
  if (format === 'json') await readJson(pieces(), file, builder);
  else if (format === 'jsonl') await readJsonLines(pieces(), builder);
  else if (format === 'csv' || (await startsTabbed(blob, encoding))) {
    return { format: 'csv', encoding, delimiter: await readCsv(pieces(), file, builder) } as const;
  } else await readLines(pieces(), builder);
  return { format, delimiter: '', encoding };
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
  return /\.txt$/i.test(file) ? 'text' : 'csv';
}

async function startsTabbed(blob: Blob, encoding: string): Promise<boolean> {
  const { value = '' } = await textPieces(blob.slice(0, 1 << 16), encoding).next();
  return looksTabbed(value);
}

async function* refuseBinary(pieces: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  for await (const piece of pieces) {
    if (piece.includes('\0')) throw new AppError('data-format-unsupported', { file });
    yield piece;
  }
}
