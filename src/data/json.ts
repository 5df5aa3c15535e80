import { AppError } from '../errors.ts';
import { cellOf, type TableBuilder } from './table.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** Reads JSONL: a JSON object a line. Blank lines are left out; a line that is no object is noted and left out. */
export async function readJsonLines(pieces: AsyncIterable<string>, builder: TableBuilder): Promise<void> {
  let row = 0;
  for await (const line of linesOf(pieces)) {
    row++;
    if (line.trim() === '') continue;
    const record = parsedObject(line);
    if (record) addRecord(row, record, builder);
    else builder.note(row, 'unreadable');
  }
}

/** Lines of plain text, each a row of the one column `text`. Blank lines are left out. */
export async function readLines(pieces: AsyncIterable<string>, builder: TableBuilder): Promise<void> {
  const places = builder.places(['text']);
  let row = 0;
  for await (const line of linesOf(pieces)) {
    row++;
    if (line.trim() !== '') builder.add(row, [line], places);
  }
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/**
 * Reads JSON: a list of objects, an object of lists (a list a column), or an object that holds a list of
 * objects under some name (of several, `train` or the first). A file of JSON lines is read as such whatever it is called.
 * @throws AppError 'table-invalid'
 */
export async function readJson(pieces: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<void> {
  let text = '';
  for await (const piece of pieces) text += piece;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const firstLine = text.trimStart().split('\n', 1)[0]!;
    if (parsedObject(firstLine)) return readJsonLines(onePiece(text), builder);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('table-invalid', { file, reason }, { cause });
  }
  recordsOf(value, file).forEach((record, index) => {
    if (isObject(record)) addRecord(index + 1, record, builder);
    else builder.note(index + 1, 'unreadable');
  });
}

async function* onePiece(text: string): AsyncGenerator<string> {
  yield text;
}

function recordsOf(value: unknown, file: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isObject(value)) {
    const lists = Object.entries(value).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
    const records = lists.filter(([, list]) => list.some(isObject));
    const [named] = [...records.filter(([name]) => /^train(ing)?$/i.test(name)), ...records];
    // A column of records stands beside columns of other things; splits stand beside each other.
    if (named && (lists.length === 1 || records.length === lists.length)) return named[1];
    if (lists.length > 0 && lists.length === Object.keys(value).length) return transposed(lists);
    if (lists.length === 0 && Object.keys(value).length > 0) return [value];
  }
  throw new AppError('table-invalid', { file, reason: 'it holds no list of records' });
}

function transposed(lists: readonly [string, readonly unknown[]][]): JsonRecord[] {
  const length = lists.reduce((most, [, list]) => Math.max(most, list.length), 0);
  return Array.from({ length }, (_, index) => Object.fromEntries(lists.map(([name, list]) => [name, list[index]])));
}

function addRecord(row: number, record: JsonRecord, builder: TableBuilder): void {
  const places = builder.places(Object.keys(record));
  builder.add(row, Object.values(record).map(cellOf), places);
}

function parsedObject(line: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
