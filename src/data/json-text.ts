/** JSON as files have it: with what Python and people write beside the standard, and every number as it is written. */

/** A number by its digits: a JavaScript number would round ids of more than 15 of them. */
export class JsonNumber {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** Keys in the order of the file; an object would put whole numbers first. */
export type JsonRecord = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonRecord;

export const isRecord = (value: JsonValue): value is JsonRecord => value instanceof Map;
export const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

/** Text that is no JSON: where, counted from its beginning. */
export class JsonTextError extends Error {
  constructor(readonly at: number) {
    super(`no JSON at ${at}`);
  }
}

const escapes: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' },
  ...{ '"': '"', "'": "'", '\\': '\\', '/': '/' },
};
const names: Readonly<Record<string, JsonValue>> = {
  ...{ true: true, false: false, null: null, NaN: null },
  ...{ Infinity: new JsonNumber('Infinity'), '-Infinity': new JsonNumber('-Infinity') },
};
const blank = /(?:[\s\0\uFEFF]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const number = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const name = /-?[A-Za-z]+/y;
/** Lists in lists at most; what is deeper would overflow the stack. */
export const deepest = 500;

/**
 * Reads values one after the other. Beyond the standard it takes bare NaN (nothing, as pandas reads it) and Infinity,
 * commas before a closing bracket, comments, line breaks in texts, byte order marks between values, and commas between
 * values that stand side by side.
 * @throws JsonTextError
 */
export class JsonReader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  /** Whether another value follows. */
  get hasMore(): boolean {
    this.skip(',');
    return this.at < this.text.length;
  }

  /** Whether the next value is a list. */
  get atList(): boolean {
    return this.hasMore && this.text[this.at] === '[';
  }

  value(): JsonValue {
    this.skip();
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{') return new Map(this.nested(() => [...this.members('}', () => this.member())]));
    if (first === '[') return this.nested(() => [...this.items()]);
    const digits = this.match(number);
    if (digits !== '') return new JsonNumber(digits);
    const start = this.at;
    const word = this.match(name);
    if (Object.hasOwn(names, word)) return names[word]!;
    throw new JsonTextError(start);
  }

  /** The items of the list that begins here, each read as it is asked for. */
  items(): Generator<JsonValue> {
    return this.members(']', () => this.value());
  }

  private *members<T>(end: string, member: () => T): Generator<T> {
    this.at++;
    for (;;) {
      this.skip();
      if (this.text[this.at] === end) break;
      yield member();
      this.skip();
      if (this.text[this.at] === ',') this.at++;
      else if (this.text[this.at] !== end) throw new JsonTextError(this.at);
    }
    this.at++;
  }

  private member(): [string, JsonValue] {
    if (this.text[this.at] !== '"') throw new JsonTextError(this.at);
    const key = this.string();
    this.skip();
    if (this.text[this.at] !== ':') throw new JsonTextError(this.at);
    this.at++;
    return [key, this.value()];
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > deepest) throw new JsonTextError(this.at);
    const value = read();
    this.depth--;
    return value;
  }

  private string(): string {
    const start = this.at++;
    let read = '';
    for (;;) {
      const from = this.at;
      let char = this.text.charCodeAt(this.at);
      while (char !== 0x22 && char !== 0x5c) {
        if (this.at >= this.text.length) throw new JsonTextError(start);
        char = this.text.charCodeAt(++this.at);
      }
      read += this.text.slice(from, this.at++);
      if (char === 0x22) return read;
      read += this.escaped();
    }
  }

  /** Behind a backslash. */
  private escaped(): string {
    const mark = this.text[this.at++] ?? '';
    if (mark !== 'u') {
      if (!Object.hasOwn(escapes, mark)) throw new JsonTextError(this.at - 1);
      return escapes[mark]!;
    }
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[\da-fA-F]{4}$/.test(digits)) throw new JsonTextError(this.at);
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private skip(also = ''): void {
    for (;;) {
      this.match(blank);
      if (also === '' || this.text[this.at] !== also) return;
      this.at++;
    }
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}

/** All values of a text. @throws JsonTextError */
export function jsonValues(text: string): JsonValue[] {
  const reader = new JsonReader(text);
  const values: JsonValue[] = [];
  while (reader.hasMore) values.push(reader.value());
  return values;
}

/**
 * A value as templates take it and threads hand it on: whole numbers exact whatever their size, a float that looks like
 * one (`1.0`) in a box, records with their keys in order.
 */
export function templateValue(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return templateNumber(value.text);
  if (isRecord(value)) return new Map([...value].map(([key, each]) => [key, templateValue(each)]));
  return isList(value) ? value.map(templateValue) : value;
}

function templateNumber(text: string): unknown {
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text)) return Number.isInteger(number) ? Object(number) : number;
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** A text without halves of characters, which JSON can escape one by one and no text file has. */
export const wholeCharacters = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD');

const quoted = (text: string): string => JSON.stringify(wholeCharacters(text));

/** A value as compact JSON, numbers as they were written. @throws JsonTextError for lists in lists beyond `deepest` */
export function jsonText(value: unknown, depth = 0): string {
  if (depth > deepest) throw new JsonTextError(0);
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === 'bigint') return String(value);
  const inner = (each: unknown) => jsonText(each, depth + 1);
  if (value instanceof Map) return `{${[...value].map(([key, each]) => `${quoted(key)}:${inner(each)}`)}}`;
  if (Array.isArray(value)) return `[${value.map(inner)}]`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Uint8Array) return JSON.stringify(new TextDecoder().decode(value));
  return jsonText(new Map(Object.entries(value)), depth);
}
