import { JsonNumber, type JsonValue } from './json-text.ts';

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };
const names: Readonly<Record<string, JsonValue>> = {
  ...{ None: null, True: true, False: false, nan: null, NaN: null },
  ...{ inf: new JsonNumber('Infinity'), '-inf': new JsonNumber('-Infinity') },
};
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The value of what Python prints for lists, tuples, dictionaries, texts and numbers: pandas writes such cells into CSV
 * files. Items of a list may lack their commas, as NumPy prints arrays.
 * @throws SyntaxError for anything else
 */
export function parsePythonLiteral(text: string): JsonValue {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`no Python literal, at ${at}`);
  };
  const skip = () => {
    while (/[\s,]/.test(text[at] ?? '')) at++;
  };

  const value = (): JsonValue => {
    skip();
    const first = text[at];
    if (first === '[' || first === '(') return list(first === '[' ? ']' : ')');
    if (first === '{') return record();
    if (first === "'" || first === '"') return string(first);
    const [word] = /^[\w.+-]+/.exec(text.slice(at, at + 64)) ?? fail();
    at += word.length;
    if (Object.hasOwn(names, word)) return names[word]!;
    return number.test(word) ? new JsonNumber(word) : fail();
  };

  const list = (end: string): JsonValue[] => {
    const items: JsonValue[] = [];
    for (at++, skip(); text[at] !== end; skip()) items.push(value());
    at++;
    return items;
  };

  const record = (): JsonValue => {
    const entries: [string, JsonValue][] = [];
    for (at++, skip(); text[at] !== '}'; skip()) {
      const key = value();
      skip();
      if (text[at++] !== ':') fail();
      entries.push([String(key), value()]);
    }
    at++;
    return new Map(entries);
  };

  const string = (quote: string): string => {
    let read = '';
    for (at++; text[at] !== quote; at++) {
      const char = text[at] ?? fail();
      read += char === '\\' ? escaped() : char;
    }
    at++;
    return read;
  };

  /** Behind a backslash; ends at the last character of the escape. */
  const escaped = (): string => {
    const mark = text[++at] ?? fail();
    const digits = { x: 2, u: 4, U: 8 }[mark];
    if (digits === undefined) return escapes[mark] ?? mark;
    const code = Number.parseInt(text.slice(at + 1, at + 1 + digits), 16);
    at += digits;
    return code <= 0x10ffff ? String.fromCodePoint(code) : fail();
  };

  const read = value();
  skip();
  return at === text.length ? read : fail();
}
