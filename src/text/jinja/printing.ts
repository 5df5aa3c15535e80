import { joinedTexts, spend, spendOn } from './budget.ts';
import { TemplateError, unsupported } from './template-error.ts';
import { compareTexts, Float, Lazy, Markup, Namespace, Tuple, type Value, View } from './values.ts';

/** Python's `str()`: how a value is printed. */
export function str(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return value instanceof Markup ? value.text : repr(value);
}

/** Python's `repr()`: how a value is printed inside of another. */
function repr(value: Value): string {
  spend();
  if (value === undefined) return 'Undefined';
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return reprText(value);
  if (value instanceof Float) return reprFloat(value.value);
  if (Array.isArray(value)) return `[${listed(value)}]`;
  if (value instanceof Tuple) return `(${listed(value.items)}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof View) return `dict_${value.of}([${listed(value.items)}])`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, each]) => `${repr(key)}: ${repr(each)}`);
    return `{${joinedTexts(entries, ', ')}}`;
  }
  if (value instanceof Lazy || value instanceof Namespace || value instanceof Markup)
    throw unsupported('a generator, a namespace or a safe text as text');
  throw unsupported('a function as text');
}

const listed = (values: readonly Value[]): string => joinedTexts(values.map(repr), ', ');

/** The shortest digits that give the number back, as JS finds them too, with an exponent where Python writes one. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

const shortEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function reprText(text: string): string {
  spendOn(text);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Z}'"]/gu, (char) => {
    if (char === ' ') return char;
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char;
    const code = char.codePointAt(0)!;
    const hex = (digits: number) => code.toString(16).padStart(digits, '0');
    return shortEscapes[char] ?? (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
  });
  return quote + escaped + quote;
}

export interface JsonOptions {
  readonly ensureAscii: boolean;
  /** What a level is indented by; null for one line. */
  readonly indent: string | null;
  readonly separators: readonly [item: string, key: string] | null;
  readonly sortKeys: boolean;
}

/** Python's `json.dumps`, which is what `tojson` is in transformers: no HTML escapes, keys in their order. */
export function toJson(value: Value, options: JsonOptions, depth = 0): string {
  spend();
  const text = (of: string) => (options.ensureAscii ? asciiJson(of) : JSON.stringify(of));
  if (typeof value === 'string') return text(value);
  if (value instanceof Markup) return text(value.text);
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint')
    return String(value);
  if (value instanceof Float) return jsonFloat(value.value);
  const [itemSeparator, keySeparator] = options.separators ?? [options.indent === null ? ', ' : ',', ': '];
  const enclosed = (open: string, parts: readonly string[], close: string) => {
    if (options.indent === null || parts.length === 0) return open + joinedTexts(parts, itemSeparator) + close;
    const line = (level: number) => `\n${options.indent!.repeat(level)}`;
    return open + line(depth + 1) + joinedTexts(parts, itemSeparator + line(depth + 1)) + line(depth) + close;
  };
  const within = (each: Value) => toJson(each, options, depth + 1);
  if (Array.isArray(value)) return enclosed('[', value.map(within), ']');
  if (value instanceof Tuple) return enclosed('[', value.items.map(within), ']');
  if (!(value instanceof Map)) throw new TemplateError('a value cannot be written as JSON');
  const entries = [...value].map(([key, each]) => [typeof key === 'string' ? key : String(key), each] as const);
  if (options.sortKeys) entries.sort(([a], [b]) => compareTexts(a, b));
  return enclosed(
    '{',
    entries.map(([key, each]) => text(key) + keySeparator + within(each)),
    '}',
  );
}

const jsonFloat = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? reprFloat(value) : value > 0 ? 'Infinity' : '-Infinity';

const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(/[\x7f-\uffff]/g, (unit) =>
    unit === '\x7f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
