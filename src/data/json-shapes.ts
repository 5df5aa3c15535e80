/** Which rows a JSON value holds. */
import { isUsualName } from './column-names.ts';
import { isList, isRecord, JsonNumber, type JsonRecord, type JsonValue } from './json-text.ts';
import { looksLikeConversation } from './message-shape.ts';
import { mostColumns } from './table-budget.ts';

export interface JsonRows {
  /** Records, and what else stands among them. */
  readonly rows: readonly JsonValue[];
  /** Lists of the file that are not read, by name. */
  readonly leftOut?: readonly { readonly name: string; readonly count: number }[];
  /** The file names no columns. */
  readonly nameless?: boolean;
}

/** Names of lists that are more likely meant than their neighbours, the likeliest first. */
const usualLists = [
  ...['train', 'training', 'data', 'rows', 'records', 'examples', 'items', 'instances', 'conversations'],
];
const isWhole = (key: string): boolean => /^\d+$/.test(key);

/**
 * The rows of a JSON value: a list of records, of conversations, of lists or of texts; what pandas' `to_json` writes in each `orient`; a
 * record with such a thing in it, at any depth (of several, `train`, or what is usually called so). Null where it holds
 * none.
 */
export function jsonRows(value: JsonValue): JsonRows | null {
  if (isList(value)) return listRows(value);
  if (!isRecord(value) || value.size === 0) return null;
  if (holdsConversation(value)) return oneRow(value);
  return (
    splitRows(value) ?? tableRows(value) ?? keyedRows(value) ?? heldRows(value) ?? namedRows(value) ?? oneRow(value)
  );
}

/** Rows of a list; of conversations; of lists, whose first may name the columns; of texts. */
export function listRows(list: readonly JsonValue[]): JsonRows | null {
  const conversation = (messages: JsonValue): JsonRecord => new Map([['messages', messages]]);
  if (looksLikeConversation(list)) return { rows: [conversation(list)] };
  if (list.length > 0 && list.every((item) => isList(item) && looksLikeConversation(item)))
    return { rows: list.map(conversation) };
  if (list.length === 0 || list.some(isRecord)) return { rows: unwrapped(list) };
  if (list.every((item) => typeof item === 'string')) return { rows: list.map((text) => new Map([['text', text]])) };
  if (!list.every(isList)) return null;
  const [first = []] = list;
  const isHeader = first.every((cell) => typeof cell === 'string') && first.some((cell) => isUsualName(String(cell)));
  const width = list.reduce((most, cells) => Math.max(most, cells.length), 0);
  const names = Array.from({ length: width }, (_, index) =>
    isHeader ? String(first[index] ?? '').trim() || `column_${index + 1}` : `column_${index + 1}`,
  );
  const rows = (isHeader ? list.slice(1) : list).map((cells) => recordOf(names, cells));
  return isHeader ? { rows } : { rows, nameless: true };
}

/** The Hub's viewer gives each row in a record of its own, beside its number. */
function unwrapped(list: readonly JsonValue[]): readonly JsonValue[] {
  const rows = list.map((item) => (isRecord(item) && item.has('row_idx') ? item.get('row') : undefined));
  return rows.every((row): row is JsonRecord => row !== undefined && isRecord(row)) ? rows : list;
}

const recordOf = (names: readonly string[], cells: readonly JsonValue[]): JsonRecord =>
  new Map(cells.map((cell, index) => [names[index]!, cell]));

/** `orient="split"`. */
function splitRows(value: JsonRecord): JsonRows | null {
  const [columns, data, index] = ['columns', 'data', 'index'].map((key) => value.get(key) ?? null);
  if (!isList(columns!) || !isList(data!) || !data.every(isList)) return null;
  const names = columns.map((column) => (isList(column) ? column.map(nameOf).join('_') : nameOf(column)));
  const rows = data.map((cells) => recordOf(names, cells));
  return { rows: withIndex(rows, isList(index!) ? index.map(nameOf) : []) };
}

const nameOf = (value: JsonValue): string => (value instanceof JsonNumber ? value.text : String(value ?? ''));

/** `orient="table"`, whose schema says which columns are pandas' index. */
function tableRows(value: JsonRecord): JsonRows | null {
  const [schema, data] = ['schema', 'data'].map((key) => value.get(key) ?? null);
  if (!isRecord(schema!) || !schema.has('fields') || !isList(data!)) return null;
  const key = schema.get('primaryKey') ?? null;
  if (!isList(key) || key.length !== 1 || key[0] !== 'index') return { rows: data };
  const indices = data.map((row) => (isRecord(row) ? nameOf(row.get('index') ?? null) : ''));
  const rows = data.map((row) => (isRecord(row) ? new Map([...row].filter(([name]) => name !== 'index')) : row));
  return { rows: withIndex(rows, indices) };
}

/** The index that pandas writes, as a column where it is more than the rows' places. */
function withIndex(rows: readonly JsonValue[], index: readonly string[]): readonly JsonValue[] {
  if (index.length !== rows.length || index.every((key, place) => key === String(place))) return rows;
  return rows.map((row, place) =>
    isRecord(row) && !row.has('index') ? new Map([['index', index[place]!], ...row]) : row,
  );
}

/** `orient="columns"` and `orient="index"`, told apart by which keys are numbers, or else usual names of columns. */
function keyedRows(value: JsonRecord): JsonRows | null {
  const inner = recordsIn(value);
  if (inner === null) return null;
  const innerKeys = new Set(inner.flatMap((record) => [...record.keys()]));
  if (innerKeys.size === 0) return null;
  if ([...innerKeys].every(isWhole)) return { rows: byColumn(value, innerKeys) };
  return [...value.keys()].every(isWhole) ? { rows: withIndex(inner, [...value.keys()]) } : null;
}

function recordsIn(value: JsonRecord): readonly JsonRecord[] | null {
  const inner = [...value.values()];
  return inner.every(isRecord) ? inner : null;
}

function byColumn(value: JsonRecord, keys: ReadonlySet<string>): readonly JsonValue[] {
  const rows = [...keys].map(
    (key) =>
      new Map(
        [...value].flatMap(([column, cells]): [string, JsonValue][] =>
          isRecord(cells) && cells.has(key) ? [[column, cells.get(key)!]] : [],
        ),
      ),
  );
  return withIndex(rows, [...keys]);
}

/** The same where the index is of names: usual names of columns say which keys they are, else pandas' default. */
function namedRows(value: JsonRecord): JsonRows | null {
  const inner = recordsIn(value);
  if (inner === null) return null;
  const innerKeys = new Set(inner.flatMap((record) => [...record.keys()]));
  const isNamed = ![...value.keys()].some(isUsualName) && [...innerKeys].some(isUsualName);
  const isIndex = isNamed || (value.size > mostColumns && innerKeys.size < value.size);
  return { rows: isIndex ? withIndex(inner, [...value.keys()]) : byColumn(value, innerKeys) };
}

/** Lists in a record: of records, one of which is meant; or a list for each column. */
function heldRows(value: JsonRecord): JsonRows | null {
  const lists = [...value].filter((entry): entry is [string, readonly JsonValue[]] => isList(entry[1]));
  // A conversation beside its tools is one record.
  if (holdsConversation(value)) return null;
  const lengths = new Set(lists.map(([, list]) => list.length));
  const areColumns = lists.length > 0 && lists.length === value.size;
  const held = [...value].flatMap(([name, each]) => {
    const found = deeper(name, each);
    return found ? [{ name, ...found }] : [];
  });
  // A column of records stands beside columns of other things; splits stand beside each other.
  const chosen = usualLists.flatMap((name) => held.filter((each) => each.name.toLowerCase() === name));
  const [best] = [...chosen, ...held];
  if (best && !(areColumns && lengths.size === 1 && held.length < lists.length)) {
    const others = held.filter((each) => each !== best).map(({ name, rows }) => ({ name, count: rows.length }));
    const leftOut = [...(best.leftOut ?? []), ...others];
    return { ...best, leftOut };
  }
  if (!areColumns) return null;
  const length = Math.max(...lengths);
  const rows = Array.from(
    { length },
    (_, index) =>
      new Map(
        lists.flatMap(([name, list]): [string, JsonValue][] => (index < list.length ? [[name, list[index]!]] : [])),
      ),
  );
  return { rows };
}

/** What a member holds, where that is more than a cell of one record. */
function deeper(name: string, value: JsonValue): JsonRows | null {
  if (isList(value)) return value.some(isRecord) || usualLists.includes(name.toLowerCase()) ? listRows(value) : null;
  return isRecord(value) ? (splitRows(value) ?? tableRows(value) ?? keyedRows(value) ?? heldRows(value)) : null;
}

const holdsConversation = (value: JsonRecord): boolean => [...value.values()].some(looksLikeConversation);

/** A record alone. */
function oneRow(value: JsonRecord): JsonRows {
  return { rows: [value] };
}
