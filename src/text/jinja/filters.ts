import { attribute, item } from './access.ts';
import { bound, textArgument, wholeArgument } from './arguments.ts';
import { joinedTexts, requireMade, spend, spendOn } from './budget.ts';
import { str, toJson } from './printing.ts';
import { TemplateError } from './template-error.ts';
import { test } from './tests.ts';
import { capitalized, replaceText, splitLines, strip } from './text-methods.ts';
import {
  compare,
  Float,
  isEqual,
  isNumber,
  isTrue,
  itemsOf,
  Lazy,
  Markup,
  type Named,
  numberOf,
  Tuple,
  typeName,
  type Value,
} from './values.ts';

type Filter = (value: Value, args: readonly Value[], named: Named) => Value;

/** A value's part by a path such as `function.name` or `0`; the value itself without one. */
function reader(path: Value, otherwise?: Value): (value: Value) => Value {
  if (path === undefined || path === null) return (value) => value;
  const keys = String(path)
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return (value) => {
    // jinja2 goes on from what stands in for a missing part.
    const read = (each: Value, key: string | number): Value => {
      const found = item(each, key);
      return found === undefined ? otherwise : found;
    };
    return keys.reduce<Value>(read, value);
  };
}

const ignoringCase = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

function sorted(
  items: readonly Value[],
  keyOf: (value: Value) => Value,
  caseSensitive: Value,
  reverse: Value,
): Value[] {
  const keyed = items.map((each) => [isTrue(caseSensitive) ? keyOf(each) : ignoringCase(keyOf(each)), each] as const);
  const sign = isTrue(reverse) ? -1 : 1;
  return keyed.sort(([a], [b]) => sign * compare(a, b)).map(([, each]) => each);
}

/** `select` and its three kin. */
function chosen(by: 'value' | 'attribute', wanted: boolean): Filter {
  return (value, args) => {
    const read = by === 'attribute' ? reader(args[0]) : reader(undefined);
    const [name, ...rest] = by === 'attribute' ? args.slice(1) : args;
    const holds = (each: Value) => (name === undefined ? isTrue(each) : test(textArgument(name), each, rest));
    return new Lazy(itemsOf(value).filter((each) => holds(read(each)) === wanted));
  };
}

function mapped(value: Value, args: readonly Value[], named: Named): Value {
  if (args.length === 0) {
    const { attribute: path, default: otherwise } = bound(['attribute', 'default'], [], named);
    if (path === undefined) throw new TemplateError('map expects a filter or an attribute');
    return new Lazy(itemsOf(value).map(reader(path, otherwise)));
  }
  const [name, ...rest] = args;
  return new Lazy(itemsOf(value).map((each) => filter(textArgument(name), each, rest, named)));
}

function lengthOf(value: Value): number {
  if (value instanceof Lazy || value === null || isNumber(value) || typeof value === 'function')
    throw new TemplateError(`'${typeName(value)}' has no length`);
  return itemsOf(value).length;
}

function indented(value: Value, args: readonly Value[], named: Named): string {
  const { width = 4, first, blank } = bound(['width', 'first', 'blank'], args, named);
  const indent = typeof width === 'string' ? width : blanks(wholeArgument(width, 4));
  // jinja2 adds a line end so that a last one is kept.
  const lines = splitLines(`${str(value)}\n`);
  requireMade(lines.length * indent.length);
  const text = lines
    .map((line, index) => (index > 0 && (line !== '' || isTrue(blank)) ? indent + line : line))
    .join('\n');
  return isTrue(first) ? indent + text : text;
}

/** @throws TemplateError for more than anybody indents by */
function blanks(width: number): string {
  requireMade(width);
  return ' '.repeat(Math.max(0, width));
}

function json(value: Value, args: readonly Value[], named: Named): string {
  const names = ['ensure_ascii', 'indent', 'separators', 'sort_keys'] as const;
  const { ensure_ascii, indent, separators, sort_keys } = bound(names, args, named);
  const pair = separators instanceof Tuple ? separators.items : separators;
  return toJson(value, {
    ensureAscii: isTrue(ensure_ascii),
    sortKeys: isTrue(sort_keys),
    indent:
      indent === undefined || indent === null
        ? null
        : typeof indent === 'string'
          ? indent
          : blanks(wholeArgument(indent, 0)),
    separators: Array.isArray(pair) ? [textArgument(pair[0]), textArgument(pair[1])] : null,
  });
}

function whole(value: Value, [otherwise = 0]: readonly Value[]): Value {
  if (isNumber(value)) return Math.trunc(numberOf(value));
  const text = typeof value === 'string' ? strip(value, undefined) : '';
  if (/^[+-]?\d+(_\d+)*$/.test(text)) return Number(text.replaceAll('_', ''));
  const parsed = floatOf(text);
  return parsed === null || !Number.isFinite(parsed) ? otherwise : Math.trunc(parsed);
}

const floatOf = (text: string): number | null =>
  /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;

function floating(value: Value, [otherwise = new Float(0)]: readonly Value[]): Value {
  const parsed = isNumber(value)
    ? numberOf(value)
    : typeof value === 'string'
      ? floatOf(strip(value, undefined))
      : null;
  return parsed === null ? otherwise : new Float(parsed);
}

function unique(value: Value, args: readonly Value[], named: Named): Value {
  const { case_sensitive, attribute: path } = bound(['case_sensitive', 'attribute'], args, named);
  const read = reader(path);
  const seen: Value[] = [];
  const isNew = (each: Value) => {
    const key = isTrue(case_sensitive) ? read(each) : ignoringCase(read(each));
    return !seen.some((other) => isEqual(other, key)) && seen.push(key) > 0;
  };
  return new Lazy(itemsOf(value).filter(isNew));
}

function extreme(sign: 1 | -1): Filter {
  return (value, args, named) => {
    const { case_sensitive, attribute: path } = bound(['case_sensitive', 'attribute'], args, named);
    const list = sorted(itemsOf(value), reader(path), case_sensitive, false);
    // Of equals Python takes the first, of the largest too.
    return sign === 1 ? list[0] : list.find((each) => compare(each, list.at(-1)) === 0);
  };
}

function total(value: Value, args: readonly Value[], named: Named): Value {
  const { attribute: path, start = 0 } = bound(['attribute', 'start'], args, named);
  const numbers = [start, ...itemsOf(value).map(reader(path))].map((each) => {
    if (!isNumber(each)) throw new TemplateError('sum expects numbers');
    return each;
  });
  const sum = numbers.reduce<number>((so, each) => so + numberOf(each), 0);
  return numbers.some((each) => each instanceof Float) ? new Float(sum) : sum;
}

function absolute(value: Value): Value {
  if (!isNumber(value)) throw new TemplateError(`'${typeName(value)}' has no absolute value`);
  return value instanceof Float ? new Float(Math.abs(value.value)) : Math.abs(numberOf(value));
}

/** The text or number of an `escape`: what HTML wants, as markupsafe writes it. */
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};
const escaped: Filter = (value) =>
  value instanceof Markup ? value : new Markup(str(value).replace(/[&<>'"]/g, (char) => escapes[char]!));

const orDefault: Filter = (value, args, named) => {
  const { default_value = '', boolean } = bound(['default_value', 'boolean'], args, named);
  return value === undefined || (isTrue(boolean) && !isTrue(value)) ? default_value : value;
};

/** First letter of every word upper, the others lower; what parts words is jinja2's, not `str.title`'s. */
const titled = (text: string): string =>
  text.replace(/[^-\s({[<]+/g, (word) => {
    const [first = '', ...rest] = Array.from(word);
    return first.toUpperCase() + rest.join('').toLowerCase();
  });

const filters: Readonly<Record<string, Filter>> = {
  abs: absolute,
  attr: (value, [name]) => (value instanceof Map ? undefined : attribute(value, textArgument(name))),
  capitalize: (value) => capitalized(str(value)),
  count: lengthOf,
  d: orDefault,
  default: orDefault,
  dictsort(value, args, named) {
    const { case_sensitive, by = 'key', reverse } = bound(['case_sensitive', 'by', 'reverse'], args, named);
    if (!(value instanceof Map)) throw new TemplateError(`'${typeName(value)}' is no dict`);
    const entries = [...value].map((entry) => new Tuple(entry));
    return sorted(entries, reader(by === 'key' ? 0 : 1), case_sensitive, reverse);
  },
  e: escaped,
  escape: escaped,
  first: (value) => itemsOf(value)[0],
  float: floating,
  indent: indented,
  int: whole,
  items: (value) => new Lazy(value instanceof Map ? [...value].map((entry) => new Tuple(entry)) : noMapping(value)),
  join(value, args, named) {
    const { d = '', attribute: path } = bound(['d', 'attribute'], args, named);
    return joinedTexts(itemsOf(value).map(reader(path)).map(str), str(d));
  },
  last: (value) => itemsOf(value).at(-1),
  length: lengthOf,
  list: (value) => [...itemsOf(value)],
  lower: (value) => str(value).toLowerCase(),
  map: mapped,
  max: extreme(-1),
  min: extreme(1),
  reject: chosen('value', false),
  rejectattr: chosen('attribute', false),
  replace: (value, args, named) => {
    const { old, new: put, count } = bound(['old', 'new', 'count'], args, named);
    return replaceText(str(value), str(old), str(put), count === null ? -1 : wholeArgument(count, -1));
  },
  reverse: (value) =>
    typeof value === 'string' ? Array.from(value).reverse().join('') : new Lazy([...itemsOf(value)].reverse()),
  safe: (value) => new Markup(str(value)),
  select: chosen('value', true),
  selectattr: chosen('attribute', true),
  sort(value, args, named) {
    const { reverse, case_sensitive, attribute: path } = bound(['reverse', 'case_sensitive', 'attribute'], args, named);
    return sorted(itemsOf(value), reader(path), case_sensitive, reverse);
  },
  string: (value) => (value instanceof Markup ? value : str(value)),
  sum: total,
  title: (value) => titled(str(value)),
  tojson: json,
  trim: (value, args, named) => strip(str(value), bound(['chars'], args, named).chars),
  unique,
  upper: (value) => str(value).toUpperCase(),
};

function noMapping(value: Value): readonly Value[] {
  if (value === undefined) return [];
  throw new TemplateError(`'${typeName(value)}' has no items`);
}

/** jinja2's filters, with `tojson` as transformers has it. @throws TemplateError for one that is not known */
export function filter(name: string, value: Value, args: readonly Value[], named: Named): Value {
  if (!Object.hasOwn(filters, name)) throw new TemplateError(`a filter "${name}" is not known`);
  spend();
  if (typeof value === 'string') spendOn(value);
  return filters[name]!(value, args, named);
}
