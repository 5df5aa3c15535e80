import { bound, textArgument, wholeArgument } from './arguments.ts';
import { str } from './printing.ts';
import { RaisedError, TemplateError, unsupported } from './template-error.ts';
import { itemsOf, Namespace, type Value } from './values.ts';

/** The longest list that jinja2's sandbox lets `range` make. */
const longestRange = 100_000;

function range(args: readonly Value[]): Value[] {
  const numbers = args.map((each) => wholeArgument(each, 0));
  const [start, stop, step] =
    numbers.length < 2 ? [0, numbers[0] ?? 0, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= longestRange)) throw new TemplateError('a range is too long');
  return Array.from({ length }, (_, index) => start + index * step);
}

function attributes(args: readonly Value[], named: ReadonlyMap<string, Value>): Map<string, Value> {
  const [from] = args;
  const pairs = from instanceof Map ? [...from] : itemsOf(from).map((pair) => itemsOf(pair) as readonly [Value, Value]);
  return new Map([...pairs.map(([key, value]) => [textArgument(key), value] as const), ...named]);
}

const names = {
  day: 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' '),
  month: 'January February March April May June July August September October November December'.split(' '),
};
const two = (number: number): string => String(number).padStart(2, '0');

/** What Python's `strftime` writes in the C locale. */
const directives: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  d: (date) => two(date.getDate()),
  B: (date) => names.month[date.getMonth()]!,
  b: (date) => names.month[date.getMonth()]!.slice(0, 3),
  A: (date) => names.day[date.getDay()]!,
  a: (date) => names.day[date.getDay()]!.slice(0, 3),
  H: (date) => two(date.getHours()),
  I: (date) => two(date.getHours() % 12 || 12),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  '%': () => '%',
};

/** @throws TemplateError for a directive that is not known */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)(.?)/gsu, (whole, plain: string, letter: string) => {
    const written = Object.hasOwn(directives, letter) ? directives[letter]!(date) : null;
    if (written === null) throw unsupported(`"${whole}" in a date`);
    return plain ? written.replace(/^0(?=\d)/, '') : written;
  });
}

/** What every template knows. */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...(['true', 'True'] as const).map((name) => [name, true] as const),
  ...(['false', 'False'] as const).map((name) => [name, false] as const),
  ...(['none', 'None'] as const).map((name) => [name, null] as const),
  ['range', range],
  ['namespace', (args, named) => new Namespace(attributes(args, named), true)],
  ['dict', (args, named) => attributes(args, named)],
  ['strftime_now', ([format]) => strftime(new Date(), textArgument(format))],
  [
    'raise_exception',
    (args, named) => {
      throw new RaisedError(str(bound(['message'], args, named).message));
    },
  ],
]);
