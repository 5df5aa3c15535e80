/** The rows of a benchmark's data. */

import {
  isRecord,
  type JsonRecord,
  JsonTextError,
  type JsonValue,
  jsonValues,
  templateValue,
} from '../data/json-text.ts';
import { AppError, because, type Reason } from '../errors.ts';

/** A row as templates read it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Rows of JSON objects, one after the other or in one list. Each has all columns; what a row lacks is null.
 * @throws AppError 'benchmark-invalid'
 */
export function readRows(text: string, file: string): Row[] {
  const refuse = (reason: Reason, cause?: unknown) => new AppError('benchmark-invalid', { file, reason }, { cause });
  const records = recordsIn(text, refuse);
  if (records.length === 0) throw refuse(because`it holds no rows`);
  const columns = new Set(records.flatMap((record) => [...record.keys()]));
  return records.map((record) =>
    Object.fromEntries([...columns].map((column) => [column, templateValue(record.get(column) ?? null)])),
  );
}

function recordsIn(text: string, refuse: (reason: Reason, cause?: unknown) => AppError): JsonRecord[] {
  let values: readonly JsonValue[];
  try {
    values = [...jsonValues(text)];
  } catch (cause) {
    if (!(cause instanceof JsonTextError)) throw cause;
    throw refuse(because`it is no JSON in line ${text.slice(0, cause.at).split('\n').length}`, cause);
  }
  const [first] = values;
  const all = values.length === 1 && Array.isArray(first) ? (first as readonly JsonValue[]) : values;
  return all.map((value, index) => {
    if (isRecord(value)) return value;
    throw refuse(because`its row ${index + 1} is no object with columns`);
  });
}
