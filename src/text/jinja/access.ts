import { spendOn, spendOnParts } from './budget.ts';
import { TemplateError, unsupported } from './template-error.ts';
import { textMethods } from './text-methods.ts';
import { type Callable, type Dict, isEqual, Markup, Namespace, Tuple, typeName, type Value, View } from './values.ts';

/** Names that Python's types have and that are not known here: without this list they would be undefined, in silence. */
const otherNames: Readonly<Record<string, ReadonlySet<string>>> = {
  str: words(
    'casefold center encode expandtabs format format_map isidentifier isnumeric isprintable istitle maketrans swapcase translate zfill',
  ),
  list: words('append clear copy extend insert pop remove reverse sort'),
  dict: words('clear copy fromkeys pop popitem setdefault update'),
  int: words(
    'as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes',
  ),
  float: words('as_integer_ratio conjugate fromhex hex imag is_integer real'),
  tuple: new Set(),
  bool: new Set(),
};

function words(text: string): Set<string> {
  return new Set(text.split(' '));
}

const dictMethods: Readonly<Record<string, (dict: Dict, args: readonly Value[]) => Value>> = {
  get: (dict, [key, otherwise = null]) => (isKey(key) && dict.has(key) ? dict.get(key) : otherwise),
  items: (dict) =>
    new View(
      'items',
      [...dict].map((entry) => new Tuple(entry)),
    ),
  keys: (dict) => new View('keys', [...dict.keys()]),
  values: (dict) => new View('values', [...dict.values()]),
};

const isKey = (value: Value): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** `value.name`: a method or attribute first, then a key, as jinja2 looks. @throws TemplateError on an undefined value */
export function attribute(value: Value, name: string): Value {
  if (value === undefined) throw new TemplateError(`an undefined value has no "${name}"`);
  const method = methodOf(value, name);
  return method ?? (value instanceof Map ? value.get(name) : undefined);
}

/** `value[key]`: a key or place first, then an attribute. @throws TemplateError on an undefined value */
export function item(value: Value, key: Value): Value {
  if (value === undefined) throw new TemplateError(`an undefined value has no ${String(key)}`);
  if (value instanceof Map && isKey(key) && value.has(key)) return value.get(key);
  if (typeof value === 'string') spendOnParts(value);
  const list = typeof value === 'string' ? Array.from(value) : value instanceof Tuple ? value.items : value;
  if (Array.isArray(list) && (typeof key === 'number' || typeof key === 'boolean')) return list.at(Number(key));
  return typeof key === 'string' ? methodOf(value, key) : undefined;
}

function methodOf(value: Value, name: string): Value {
  if (name.startsWith('__')) throw unsupported(`"${name}"`);
  if (value instanceof Namespace) return value.attributes.get(name);
  if (typeof value === 'string' && Object.hasOwn(textMethods, name)) return call(value, textMethods[name]!);
  if (value instanceof Map && Object.hasOwn(dictMethods, name)) return call(value, dictMethods[name]!);
  const list = value instanceof Tuple ? value.items : value;
  if (Array.isArray(list) && name === 'index') return ([wanted]) => list.findIndex((each) => isEqual(each, wanted));
  if (Array.isArray(list) && name === 'count') return ([wanted]) => list.filter((each) => isEqual(each, wanted)).length;
  if (value instanceof Markup || otherNames[typeName(value)]?.has(name))
    throw unsupported(`"${name}" of a ${typeName(value)}`);
  return undefined;
}

const call =
  <V extends Value>(
    value: V,
    method: (value: V, args: readonly Value[], named: ReadonlyMap<string, Value>) => Value,
  ): Callable =>
  (args, named) => {
    if (typeof value === 'string') spendOn(value);
    return method(value, args, named);
  };

/** `value[start:stop:step]`. @throws TemplateError */
export function slice(value: Value, bounds: readonly Value[]): Value {
  const [start, stop, step] = bounds.map((bound) => {
    if (bound === undefined || bound === null) return null;
    if (typeof bound !== 'number') throw new TemplateError('the bounds of a slice must be whole numbers');
    return bound;
  });
  if (typeof value === 'string') {
    spendOnParts(value);
    return sliced(Array.from(value), start!, stop!, step ?? 1).join('');
  }
  if (value instanceof Tuple) return new Tuple(sliced(value.items, start!, stop!, step ?? 1));
  if (Array.isArray(value)) return sliced(value, start!, stop!, step ?? 1);
  throw new TemplateError(`a ${typeName(value)} has no slices`);
}

function sliced<T>(list: readonly T[], start: number | null, stop: number | null, step: number): T[] {
  if (step === 0) throw new TemplateError('the step of a slice must not be 0');
  const [lowest, highest] = step > 0 ? [0, list.length] : [-1, list.length - 1];
  const within = (place: number) => Math.min(Math.max(place < 0 ? place + list.length : place, lowest), highest);
  const end = stop === null ? (step > 0 ? highest : lowest) : within(stop);
  const taken: T[] = [];
  for (
    let at = start === null ? (step > 0 ? lowest : highest) : within(start);
    step > 0 ? at < end : at > end;
    at += step
  )
    taken.push(list[at]!);
  return taken;
}
