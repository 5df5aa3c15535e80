/** Damaged and hostile files, made from valid ones: the same for the same seed. */

export type Random = () => number;

/** mulberry32: uniform in [0, 1). */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random: Random, end: number): number => Math.floor(random() * end);
export const oneOf = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

/** Numbers at which lengths, offsets and counts go wrong. */
const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const pieces = [
  ...[
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '\n',
    '\r',
    '\t',
    '\0',
    '<',
    '>',
    '&',
    '%',
    '{{',
    '{%',
    '-',
    '1e999',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'NaN',
    'null',
    '-1',
    '9007199254740993',
    '1e9',
    '\ufeff',
    '\ud800',
    '漢字',
  ],
].map((text) => new TextEncoder().encode(text));

/** One to four changes of bytes. */
export function mutateBytes(random: Random, seed: Uint8Array): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(seed);
  for (let times = 1 + below(random, 4); times > 0; times--) bytes = oneOf(random, byteChanges)(random, bytes);
  return bytes;
}

/** What opens a level within another, and what closes it. */
const brackets: readonly (readonly [string, string])[] = [
  ['{', '}'],
  ['[', ']'],
  ['(', ')'],
  ['{"a":', '}'],
  ['(?:', ')*'],
  ['{{', '}}'],
  ['{% if a %}', '{% endif %}'],
  ['? ', ''],
  ['- ', ''],
  ['not ', ''],
];

type ByteChange = (random: Random, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

function spliced(bytes: Uint8Array, at: number, drop: number, put: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.max(at, bytes.length - drop) + put.length);
  out.set(bytes.subarray(0, at));
  out.set(put, at);
  out.set(bytes.subarray(at + drop), at + put.length);
  return out;
}

const byteChanges: readonly ByteChange[] = [
  (random, bytes) => {
    if (bytes.length > 0) bytes[below(random, bytes.length)]! ^= 1 << below(random, 8);
    return bytes;
  },
  (random, bytes) => {
    if (bytes.length > 0) bytes[below(random, bytes.length)] = below(random, 256);
    return bytes;
  },
  (random, bytes) => {
    if (bytes.length < 8) return bytes;
    const view = new DataView(bytes.buffer);
    const at = below(random, bytes.length - 8);
    if (random() < 0.5) view.setUint32(at, oneOf(random, extremes), random() < 0.8);
    else view.setBigUint64(at, BigInt(oneOf(random, extremes)) << BigInt(below(random, 33)), true);
    return bytes;
  },
  (random, bytes) => bytes.slice(0, below(random, bytes.length + 1)),
  (random, bytes) => spliced(bytes, below(random, bytes.length + 1), 0, oneOf(random, pieces)),
  (random, bytes) => spliced(bytes, below(random, bytes.length + 1), 1 + below(random, 32), new Uint8Array()),
  (random, bytes) => {
    const from = below(random, bytes.length + 1);
    const part = bytes.slice(from, from + 1 + below(random, 64));
    return spliced(bytes, below(random, bytes.length + 1), 0, part);
  },
  (random, bytes) => {
    const part = oneOf(random, pieces);
    const many = new Uint8Array(part.length * (1 + below(random, 2000)));
    for (let at = 0; at < many.length; at += part.length) many.set(part, at);
    return spliced(bytes, below(random, bytes.length + 1), 0, many);
  },
  (random, bytes) => {
    const [open, close] = oneOf(random, brackets);
    const levels = 1 + below(random, oneOf(random, [40, 400, 4000]));
    const from = below(random, bytes.length + 1);
    const to = Math.min(bytes.length, from + below(random, 64));
    const [opened, closed] = [open, close].map((text) => new TextEncoder().encode(text.repeat(levels)));
    return spliced(spliced(bytes, to, 0, closed!), from, 0, opened!);
  },
];

const strangeValues: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e9, 1e15, -1e300, '', 'x', '__proto__', '9'.repeat(400)],
  ...[[], {}, [null], [[]], { length: 1e9 }, { toString: 1 }, { __proto__: null }, '\0', '\ud800', 'a'.repeat(5000)],
];

/** One to three changes of what a JSON value holds; its shape stays near to that of the seed. */
export function mutateJson(random: Random, seed: unknown): unknown {
  let value = structuredClone(seed);
  for (let times = 1 + below(random, 3); times > 0; times--) value = changed(random, value, 0);
  return value;
}

function changed(random: Random, value: unknown, depth: number): unknown {
  const isNode = typeof value === 'object' && value !== null;
  if (!isNode || (depth > 0 && random() < 0.15)) return changedLeaf(random, value);
  if (Array.isArray(value)) return changedList(random, value, depth);
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  const key = keys.length > 0 ? oneOf(random, keys) : 'x';
  const choice = random();
  if (choice < 0.12) delete record[key];
  else if (choice < 0.2) {
    const name = oneOf(random, ['__proto__', 'constructor', '', 'a.b', key.toUpperCase(), '0', 'toString', `${key} `]);
    Object.defineProperty(record, name, {
      value: structuredClone(record[key]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else record[key] = changed(random, record[key], depth + 1);
  return record;
}

/** Characters of all copies of an element; clones, or what is put into one were put into all. */
const longestRepeated = 1 << 20;

function changedList(random: Random, list: unknown[], depth: number): unknown[] {
  const at = below(random, Math.max(1, list.length));
  const choice = random();
  if (choice < 0.1) list.splice(at, 1);
  else if (choice < 0.2) list.push(structuredClone(list[at]));
  else if (choice < 0.24) {
    const most = longestRepeated / (1 + (JSON.stringify(list[at]) ?? '').length);
    for (let times = Math.min(below(random, 300), most); times >= 1; times--) list.push(structuredClone(list[at]));
  } else list[at] = changed(random, list[at], depth + 1);
  return list;
}

function changedLeaf(random: Random, value: unknown): unknown {
  const choice = random();
  if (typeof value === 'number' && choice < 0.5)
    return oneOf(random, [
      -value,
      value * 2,
      value + 1,
      value + 0.5,
      value * 1e6,
      value - 1,
      String(value),
      2 ** 31,
      2 ** 53,
    ]);
  if (typeof value === 'string' && choice < 0.5)
    return oneOf(random, [
      value + value,
      value.slice(1),
      `${value}\0`,
      value.toUpperCase(),
      `../${value}`,
      `(${value}+)+$`,
    ]);
  if (choice < 0.56) {
    let deep: unknown = value;
    // Three of them in each other are still what JSON.stringify can write.
    for (let depth = below(random, 600); depth > 0; depth--) deep = [deep];
    return deep;
  }
  return structuredClone(oneOf(random, strangeValues));
}
