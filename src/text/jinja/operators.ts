import { requireItems, requireLength, requireMade } from './budget.ts';
import { str } from './printing.ts';
import { TemplateError, unsupported } from './template-error.ts';
import { compare, Float, isEqual, isNumber, itemsOf, Markup, numberOf, Tuple, typeName, type Value } from './values.ts';

const orderings: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

/** Two values under an operator other than `and` and `or`. @throws TemplateError where Python raises */
export function operate(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case 'in':
      return isIn(left, right);
    case 'not in':
      return !isIn(left, right);
    case '~':
      return joined(left, right);
  }
  if (left === undefined || right === undefined)
    throw new TemplateError(`an undefined value cannot be used with ${operator}`);
  if (orderings.has(operator)) return isOrdered(operator, compare(left, right));
  if (isNumber(left) && isNumber(right)) return calculated(operator, left, right);
  return combined(operator, left, right);
}

const isOrdered = (operator: string, order: number): boolean =>
  operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;

export function isIn(value: Value, container: Value): boolean {
  if (typeof container === 'string') {
    if (typeof value === 'string') return container.includes(value);
    throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(value)}`);
  }
  return itemsOf(container).some((each) => isEqual(each, value));
}

function joined(left: Value, right: Value): string {
  if (left instanceof Markup || right instanceof Markup) throw unsupported('a safe text joined to another');
  return added(str(left), str(right));
}

function combined(operator: string, left: Value, right: Value): Value {
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') return added(left, right);
    if (Array.isArray(left) && Array.isArray(right)) return listed(left, right);
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple(listed(left.items, right.items));
  }
  if (operator === '*') {
    const [some, times] = typeof left === 'number' ? [right, left] : [left, right];
    if (typeof times === 'number' && (typeof some === 'string' || Array.isArray(some)))
      (typeof some === 'string' ? requireMade : requireItems)(some.length * times);
    if (typeof times === 'number' && typeof some === 'string') return some.repeat(Math.max(0, times));
    if (typeof times === 'number' && Array.isArray(some))
      return Array.from({ length: Math.max(0, times) }, () => some).flat();
  }
  if (operator === '%' && typeof left === 'string') throw unsupported('% on a text');
  throw new TemplateError(`${operator} does not go with '${typeName(left)}' and '${typeName(right)}'`);
}

function added(left: string, right: string): string {
  requireLength(left.length + right.length);
  return left + right;
}

function listed(left: readonly Value[], right: readonly Value[]): Value[] {
  requireItems(left.length + right.length);
  return [...left, ...right];
}

type Numeric = Extract<Parameters<typeof numberOf>[0], unknown>;

function calculated(operator: string, left: Numeric, right: Numeric): Value {
  const [a, b] = [numberOf(left), numberOf(right)];
  const isFloat = left instanceof Float || right instanceof Float || operator === '/' || (operator === '**' && b < 0);
  if (['/', '//', '%'].includes(operator) && b === 0) throw new TemplateError('division by zero');
  const result = arithmetic[operator]?.(a, b);
  if (result === undefined) throw new TemplateError(`an operator ${operator} is not known`);
  if (isFloat) return new Float(result);
  if (!Number.isSafeInteger(result)) throw unsupported('a whole number beyond 2^53');
  return result === 0 ? 0 : result;
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  // The sign of the result is the divisor's in Python, the dividend's in JS.
  '%': (a, b) => ((a % b) + b) % b,
  '**': (a, b) => a ** b,
};

/** `-` or `+` before a number. @throws TemplateError */
export function signed(operator: string, value: Value): Value {
  if (!isNumber(value)) throw new TemplateError(`${operator} does not go with '${typeName(value)}'`);
  const number = operator === '-' ? -numberOf(value) : numberOf(value);
  return value instanceof Float ? new Float(number) : number === 0 ? 0 : number;
}
