import { AppError } from '../errors.ts';
import { jsonRows, listRows } from './json-shapes.ts';
import { isList, isRecord, type JsonRecord, JsonTextError, type JsonValue, jsonValues } from './json-text.ts';
import { looksLikeConversation } from './message-shape.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { cellOf, type TableBuilder } from './table.ts';

/**
 * Reads JSONL: a JSON object a line, or several. Blank lines are left out; a line that is no object is noted and left out.
 * A file whose first line is no object, or that has no other line, is read as one text of JSON.
 * @throws AppError as `readJson`
 */
export async function readJsonLines(pieces: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<void> {
  const addLine = (line: string, row: number) => {
    const records = lineRecords(line);
    if (records === null) builder.note(row, 'unreadable');
    else for (const record of records) addRecord(row, record, builder);
  };
  let row = 0;
  let first: { line: string; row: number } | null = null;
  /** All lines, where they are one text. */
  let text: string[] | null = null;
  let isLines = false;
  for await (const line of linesOf(pieces)) {
    row++;
    if (text) text.push(line);
    else if (line.trim() === '') continue;
    else if (isLines) addLine(line, row);
    else if (first === null) first = { line, row };
    else if (lineRecords(first.line) === null)
      text = [...blankLines(first.row - 1), first.line, ...blankLines(row - first.row - 1), line];
    else {
      isLines = true;
      addLine(first.line, first.row);
      addLine(line, row);
    }
  }
  if (!isLines && first) readJsonText((text ?? [first.line]).join('\n'), file, builder);
}

const blankLines = (count: number): string[] => Array<string>(count).fill('');

/** Lines of plain text, each a row of the one column `text`. Blank lines are left out. */
export async function readLines(pieces: AsyncIterable<string>, builder: TableBuilder): Promise<void> {
  const places = builder.places(['text']);
  let row = 0;
  for await (const line of linesOf(pieces)) {
    row++;
    if (line.trim() !== '') builder.add(row, [line], places);
  }
}

export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/**
 * Reads JSON in the shapes of `jsonRows`, or records that stand one after the other. A file of JSON lines is read as such
 * whatever it is called.
 * @throws AppError 'json-invalid' with the place; 'json-no-rows'
 */
export async function readJson(pieces: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<void> {
  let text = '';
  for await (const piece of pieces) text += piece;
  const [first = ''] = text.trimStart().split('\n', 1);
  const isLines = first !== text.trim() && lineRecords(first) !== null;
  if (isLines) return readJsonLines(onePiece(text), file, builder);
  readJsonText(text, file, builder);
}

async function* onePiece(text: string): AsyncGenerator<string> {
  yield text;
}

function readJsonText(text: string, file: string, builder: TableBuilder): void {
  const values = valuesOf(text, file);
  const [only] = values;
  const found = values.length === 1 ? jsonRows(only!) : listRows(values.every(holdsRecords) ? values.flat() : values);
  if (!found) throw new AppError('json-no-rows', { file, found: clipped(text.trim(), 40) });
  if (found.nameless) builder.noteTable('nameless');
  for (const { name, count } of found.leftOut ?? []) builder.noteTable('other-list', name, count);
  found.rows.forEach((row, index) => {
    if (isRecord(row)) addRecord(index + 1, row, builder);
    else builder.note(index + 1, 'unreadable');
  });
}

/** Lists put together are one, but conversations. */
const holdsRecords = (value: JsonValue): value is readonly JsonValue[] =>
  isList(value) && value.some(isRecord) && !looksLikeConversation(value);

function valuesOf(text: string, file: string): JsonValue[] {
  try {
    return jsonValues(text);
  } catch (cause) {
    if (!(cause instanceof JsonTextError)) throw cause;
    const printed = pythonRecord(text);
    if (printed) return [...printed];
    const before = text.slice(0, cause.at).split('\n');
    const found = clipped(text.slice(cause.at).split('\n', 1)[0]!.trim(), 20) || '…';
    const params = { file, line: before.length, column: before.at(-1)!.length + 1, found };
    throw new AppError('json-invalid', params, { cause });
  }
}

const clipped = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)} …` : text);

function addRecord(row: number, record: JsonRecord, builder: TableBuilder): void {
  const places = builder.places([...record.keys()]);
  builder.add(row, [...record.values()].map(cellOf), places);
}

/** JavaScript's own reader is faster, and loses how numbers were written and the places of keys that are numbers. */
const losesSomething = /\d{16}|\d\.|\d[eE]|-0|"\d+"\s*:/;

/** The records of a line, which may be written as Python prints dictionaries; null where it holds anything else. */
function lineRecords(line: string): readonly JsonRecord[] | null {
  const values = losesSomething.test(line) ? null : quickly(line);
  if (values) return [values];
  try {
    const read = jsonValues(line);
    return read.length > 0 && read.every(isRecord) ? read : null;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return pythonRecord(line);
  }
}

function quickly(line: string): JsonRecord | null {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return null;
  }
}

function pythonRecord(line: string): readonly JsonRecord[] | null {
  try {
    const record = /^\s*\{\s*'/.test(line) ? parsePythonLiteral(line) : null;
    return record && isRecord(record) ? [record] : null;
  } catch {
    return null;
  }
}

const asRecord = (value: unknown): JsonRecord | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value as Record<string, JsonValue>))
    : null;
