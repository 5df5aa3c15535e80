import { AppError } from '../errors.ts';
import { jsonRows, listRows } from './json-shapes.ts';
import { isList, isRecord, type JsonRecord, JsonTextError, type JsonValue, jsonValues } from './json-text.ts';
import { looksLikeConversation } from './message-shape.ts';
import { parsePythonLiteral } from './python-literal.ts';
import { cellOf, type TableBuilder } from './table.ts';
import { longestText, requireCell } from './table-budget.ts';

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
  for await (const line of linesOf(pieces, file, longestText)) {
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
  if (isLines || !first) return;
  const whole = text ?? [first.line];
  requireText(
    file,
    whole.reduce((sum, line) => sum + line.length + 1, 0),
  );
  readJsonText(whole.join('\n'), file, builder);
}

const blankLines = (count: number): string[] => Array<string>(count).fill('');

/** Lines of plain text, each a row of the one column `text`. Blank lines are left out. */
export async function readLines(pieces: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<void> {
  const places = builder.places(['text']);
  let row = 0;
  for await (const line of linesOf(pieces, file)) {
    row++;
    if (line.trim() !== '') builder.add(row, [line], places);
  }
}

/** The lines of a text. @throws AppError 'cell-too-long' for one that is longer than a cell may be, or than `longest` */
export async function* linesOf(pieces: AsyncIterable<string>, file: string, longest?: number): AsyncGenerator<string> {
  /** The beginning of the line that the next piece goes on with. */
  let begun: string[] = [];
  let length = 0;
  let row = 0;
  const checked = (line: string): string => {
    row++;
    if (longest === undefined) requireCell(file, row, line.length);
    else requireText(file, line.length, longest);
    return line;
  };
  for await (const piece of pieces) {
    const lines = piece.split('\n');
    const rest = lines.pop()!;
    if (lines.length > 0) {
      yield checked(begun.concat(lines.shift()!).join(''));
      for (const line of lines) yield checked(line);
      [begun, length] = [[], 0];
    }
    begun.push(rest);
    length += rest.length;
    if (longest === undefined) requireCell(file, row + 1, length);
    else requireText(file, length, longest);
  }
  if (length > 0) yield checked(begun.join(''));
}

/** @throws AppError 'json-too-large' */
function requireText(file: string, length: number, longest = longestText): void {
  if (length > longest) throw new AppError('json-too-large', { file });
}

/**
 * Reads JSON in the shapes of `jsonRows`, or records that stand one after the other. A file of JSON lines is read as such
 * whatever it is called.
 * @throws AppError 'json-invalid' with the place; 'json-no-rows'
 */
export async function readJson(pieces: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<void> {
  let text = '';
  for await (const piece of pieces) {
    requireText(file, text.length + piece.length);
    text += piece;
  }
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
  const cells = cellsOf(record);
  if (cells === null) builder.note(row, 'unreadable');
  else builder.add(row, cells, builder.places([...record.keys()]));
}

/** Null where lists lie in lists deeper than is read. */
function cellsOf(record: JsonRecord): string[] | null {
  try {
    return [...record.values()].map(cellOf);
  } catch (error) {
    if (error instanceof JsonTextError) return null;
    throw error;
  }
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
