import { spend, spendOnParts } from './budget.ts';
import { TemplateError, unsupported } from './template-error.ts';

/**
 * Values of a template as Python has them. `undefined` is jinja2's Undefined, a JS number or bigint an int; what JS has no
 * kind of is a class.
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Markup
  | Tuple
  | Lazy
  | View
  | Namespace
  | Callable
  | Value[]
  | Dict;

export type Dict = Map<string | number | boolean | null, Value>;
export type Named = ReadonlyMap<string, Value>;
export type Callable = (args: readonly Value[], named: Named) => Value;

export class Float {
  constructor(readonly value: number) {}
}

/** A text marked as safe: it may be printed, and nothing else, since jinja2 escapes what is joined to it. */
export class Markup {
  constructor(readonly text: string) {}
}

export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

/** What `items()`, `keys()` and `values()` of a dict give: it can be gone through and counted, and has no places. */
export class View {
  constructor(
    readonly of: 'items' | 'keys' | 'values',
    readonly items: readonly Value[],
  ) {}
}

/** What Python's generators are: always true, and empty once they were gone through. */
export class Lazy {
  #items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.#items = items;
  }
  take(): readonly Value[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}

/** Has attributes and no keys: `namespace()` and `loop`. */
export class Namespace {
  constructor(
    readonly attributes: Map<string, Value>,
    readonly isOpen: boolean,
  ) {}
}

/** JSON, or anything like it, as values; a boxed number is a float that may look like an int. */
export function toValue(json: unknown): Value {
  if (json instanceof Number) return new Float(Number(json));
  if (json instanceof Map) return new Map([...json].map(([key, value]) => [key, toValue(value)]));
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json : new Float(json);
  if (typeof json === 'bigint') return Number.isSafeInteger(Number(json)) ? Number(json) : json;
  if (Array.isArray(json)) return json.map(toValue);
  if (json instanceof Float || typeof json !== 'object' || json === null) return json as Value;
  return new Map(Object.entries(json).map(([key, value]) => [key, toValue(value)]));
}

export const isNumber = (value: Value): value is number | bigint | boolean | Float =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value instanceof Float;

/** @throws TemplateError for a bigint, which is beyond 2⁵³ and for printing only */
export function numberOf(value: number | bigint | boolean | Float): number {
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') throw unsupported('arithmetic beyond 2^53');
  return Number(value);
}

export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple || value instanceof View) return value.items.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Markup) return value.text !== '';
  return Boolean(value);
}

/** Python's name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'dict';
  if (value instanceof Float) return 'float';
  if (typeof value === 'object') return value.constructor.name.toLowerCase();
  return { string: 'str', boolean: 'bool', number: 'int', bigint: 'int' }[typeof value as string] ?? typeof value;
}

/** What a loop goes through. @throws TemplateError for what has no items */
export function itemsOf(value: Value): readonly Value[] {
  if (value === undefined) return [];
  if (typeof value === 'string') {
    spendOnParts(value);
    return Array.from(value);
  }
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple || value instanceof View) return value.items;
  if (value instanceof Map) return [...value.keys()];
  if (value instanceof Lazy) return value.take();
  throw new TemplateError(`'${typeName(value)}' object is not iterable`);
}

/** Python's `==`. */
export function isEqual(left: Value, right: Value): boolean {
  spend();
  if (typeof left === 'bigint' || typeof right === 'bigint') return left === right;
  if (isNumber(left) && isNumber(right)) return numberOf(left) === numberOf(right);
  if (left instanceof Tuple && right instanceof Tuple) return areEqual(left.items, right.items);
  if (Array.isArray(left) && Array.isArray(right)) return areEqual(left, right);
  if (left instanceof Map && right instanceof Map)
    return (
      left.size === right.size && [...left].every(([key, value]) => right.has(key) && isEqual(value, right.get(key)))
    );
  return left === right;
}

const areEqual = (left: readonly Value[], right: readonly Value[]) =>
  left.length === right.length && left.every((value, index) => isEqual(value, right[index]));

/** Negative, 0 or positive, as Python orders them. @throws TemplateError for what has no order */
export function compare(left: Value, right: Value): number {
  spend();
  if (isNumber(left) && isNumber(right)) return numberOf(left) - numberOf(right);
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  const [a, b] = [left, right].map((value) => (value instanceof Tuple ? value.items : value));
  if (!Array.isArray(a) || !Array.isArray(b) || left instanceof Tuple !== right instanceof Tuple)
    throw new TemplateError(`'${typeName(left)}' and '${typeName(right)}' have no order`);
  const place = a.findIndex((value, index) => index >= b.length || !isEqual(value, b[index]));
  if (place < 0) return a.length - b.length;
  return place >= b.length ? 1 : compare(a[place], b[place]);
}

/** By code points; JS would compare halves of those beyond U+FFFF. */
export function compareTexts(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  const place = a.findIndex((char, index) => char !== b[index]);
  if (place < 0) return a.length - b.length;
  return place >= b.length ? 1 : a[place]!.codePointAt(0)! - b[place]!.codePointAt(0)!;
}
