import { bound, textArgument, wholeArgument } from './arguments.ts';
import { joinedTexts, requireMade } from './budget.ts';
import { TemplateError } from './template-error.ts';
import { isTrue, itemsOf, type Named, Tuple, type Value } from './values.ts';

/** What `str.isspace` says of one character; JS has U+FEFF beyond it, and lacks U+001C to U+001F and U+0085. */
const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const leadingSpaces = new RegExp(`^${space}+`);
const trailingSpaces = new RegExp(`${space}+$`);
const spaces = new RegExp(`${space}+`, 'g');
const separators = '\\x1c-\\x1e\\x85\\u2028\\u2029';
const lineEnds = new RegExp(`\\r\\n|[\\n-\\r${separators}]`, 'g');

type Method = (text: string, args: readonly Value[], named: Named) => Value;
type Ends = { readonly start: boolean; readonly end: boolean };

/** Python's `strip` and its kin: whitespace, or any of the characters given. */
export function strip(text: string, chars: Value, { start, end }: Ends = { start: true, end: true }): string {
  if (chars === undefined || chars === null) {
    const behind = start ? text.replace(leadingSpaces, '') : text;
    return end ? behind.replace(trailingSpaces, '') : behind;
  }
  const taken = new Set(textArgument(chars));
  const all = Array.from(text);
  let [from, to] = [0, all.length];
  while (start && from < to && taken.has(all[from]!)) from++;
  while (end && from < to && taken.has(all[to - 1]!)) to--;
  return all.slice(from, to).join('');
}

/** The lines of a text, by every end that Python knows, without a last empty one. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  let from = 0;
  for (const { 0: end, index } of text.matchAll(lineEnds)) {
    lines.push(text.slice(from, index) + (keepEnds ? end : ''));
    from = index + end.length;
  }
  return from < text.length ? [...lines, text.slice(from)] : lines;
}

function split(text: string, args: readonly Value[], named: Named): string[] {
  const { sep, maxsplit } = bound(['sep', 'maxsplit'], args, named);
  const limit = wholeArgument(maxsplit, -1);
  const ends = sep === undefined || sep === null ? [...text.matchAll(spaces)] : null;
  if (ends === null) {
    const parts = text.split(separator(sep));
    return limit < 0 || parts.length <= limit + 1
      ? parts
      : [...parts.slice(0, limit), parts.slice(limit).join(sep as string)];
  }
  const trimmed = strip(text, undefined, { start: true, end: false });
  const words: string[] = [];
  let from = 0;
  for (const { 0: gap, index } of trimmed.matchAll(spaces)) {
    if (limit >= 0 && words.length >= limit) break;
    words.push(trimmed.slice(from, index));
    from = index + gap.length;
  }
  return from < trimmed.length ? [...words, trimmed.slice(from)] : words;
}

function splitRight(text: string, args: readonly Value[], named: Named): string[] {
  const { sep, maxsplit } = bound(['sep', 'maxsplit'], args, named);
  const limit = wholeArgument(maxsplit, -1);
  if (limit < 0) return split(text, args, named);
  const parts = text.split(separator(sep));
  const cut = Math.max(0, parts.length - limit - 1);
  return [parts.slice(0, cut + 1).join(sep as string), ...parts.slice(cut + 1)];
}

function separator(value: Value): string {
  const text = textArgument(value);
  if (text === '') throw new TemplateError('empty separator');
  return text;
}

/** Python's `replace`; an empty `old` stands before every character and at the end. */
export function replaceText(text: string, old: string, put: string, count: number): string {
  const parts = old === '' ? ['', ...Array.from(text), ''] : text.split(old);
  const changes = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  requireMade(text.length + changes * put.length);
  return (
    parts.slice(0, changes + 1).join(put) +
    parts
      .slice(changes + 1)
      .map((part) => old + part)
      .join('')
  );
}

const lengthOf = (text: string): number => Array.from(text).length;

/** First or last place of a text by code points, or −1; the bounds of Python's `find` are not known. */
function place(text: string, args: readonly Value[], last: boolean): number {
  if (args.length !== 1) throw new TemplateError('find with bounds is not supported');
  const at = last ? text.lastIndexOf(textArgument(args[0])) : text.indexOf(textArgument(args[0]));
  return at < 0 ? -1 : lengthOf(text.slice(0, at));
}

function isAny(
  text: string,
  [affix, ...more]: readonly Value[],
  has: (text: string, affix: string) => boolean,
): boolean {
  if (more.length > 0) throw new TemplateError('startswith and endswith with bounds are not supported');
  const affixes = affix instanceof Tuple ? affix.items : [affix];
  return affixes.some((each) => has(text, textArgument(each)));
}

/** First letter of every run of letters upper, the others lower, as `str.title`. */
const titled = (text: string): string =>
  text.replace(/\p{Cased}+/gu, (run) => {
    const [first = '', ...rest] = Array.from(run);
    return titleCase(first) + rest.join('').toLowerCase();
  });

/** Letters that are two in one, by their upper case. */
const digraphs: Readonly<Record<string, string>> = { Ǆ: 'ǅ', Ǉ: 'ǈ', Ǌ: 'ǋ', Ǳ: 'ǲ' };

function titleCase(char: string): string {
  const upper = char.toUpperCase();
  const [first = '', ...rest] = Array.from(upper);
  return digraphs[upper] ?? first + rest.join('').toLowerCase();
}

export function capitalized(text: string): string {
  const [first = '', ...rest] = Array.from(text);
  return titleCase(first) + rest.join('').toLowerCase();
}

function parted(text: string, [sep]: readonly Value[], last: boolean): Tuple {
  const mark = separator(sep);
  const at = last ? text.lastIndexOf(mark) : text.indexOf(mark);
  if (at < 0) return new Tuple(last ? ['', '', text] : [text, '', '']);
  return new Tuple([text.slice(0, at), mark, text.slice(at + mark.length)]);
}

function filled(text: string, args: readonly Value[], side: 'start' | 'end'): string {
  const [width, char = ' '] = [wholeArgument(args[0], 0), args[1] === undefined ? ' ' : textArgument(args[1])];
  requireMade(width * char.length);
  const missing = char.repeat(Math.max(0, width - lengthOf(text)));
  return side === 'start' ? missing + text : text + missing;
}

const all =
  (pattern: RegExp): Method =>
  (text) =>
    pattern.test(text);
const cased = (text: string, other: (text: string) => string): boolean =>
  /\p{Cased}/u.test(text) && text !== other(text);

export const textMethods: Readonly<Record<string, Method>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  title: titled,
  capitalize: capitalized,
  strip: (text, [chars]) => strip(text, chars),
  lstrip: (text, [chars]) => strip(text, chars, { start: true, end: false }),
  rstrip: (text, [chars]) => strip(text, chars, { start: false, end: true }),
  startswith: (text, args) => isAny(text, args, (whole, affix) => whole.startsWith(affix)),
  endswith: (text, args) => isAny(text, args, (whole, affix) => whole.endsWith(affix)),
  removeprefix: (text, [affix]) =>
    text.startsWith(textArgument(affix)) ? text.slice(textArgument(affix).length) : text,
  removesuffix: (text, [affix]) =>
    affix !== '' && text.endsWith(textArgument(affix)) ? text.slice(0, -textArgument(affix).length) : text,
  split,
  rsplit: splitRight,
  splitlines: (text, args, named) => splitLines(text, isTrue(bound(['keepends'], args, named).keepends)),
  partition: (text, args) => parted(text, args, false),
  rpartition: (text, args) => parted(text, args, true),
  replace(text, args, named) {
    const { old, new: put, count } = bound(['old', 'new', 'count'], args, named);
    return replaceText(text, textArgument(old), textArgument(put), wholeArgument(count, -1));
  },
  join: (text, [items]) => joinedTexts(itemsOf(items).map(textArgument), text),
  find: (text, args) => place(text, args, false),
  rfind: (text, args) => place(text, args, true),
  index: (text, args) => found(place(text, args, false)),
  rindex: (text, args) => found(place(text, args, true)),
  count: (text, [part]) => (part === '' ? lengthOf(text) + 1 : text.split(textArgument(part)).length - 1),
  ljust: (text, args) => filled(text, args, 'end'),
  rjust: (text, args) => filled(text, args, 'start'),
  isdigit: all(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐]+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: all(new RegExp(`^${space}+$`)),
  isascii: (text) => !/[^\0-\x7f]/.test(text),
  islower: (text) => cased(text, (each) => each.toUpperCase()) && text === text.toLowerCase(),
  isupper: (text) => cased(text, (each) => each.toLowerCase()) && text === text.toUpperCase(),
};

function found(at: number): number {
  if (at < 0) throw new TemplateError('substring not found');
  return at;
}
