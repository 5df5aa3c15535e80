import { isIn } from './operators.ts';
import { str } from './printing.ts';
import { TemplateError } from './template-error.ts';
import { textMethods } from './text-methods.ts';
import {
  compare,
  Float,
  isEqual,
  isNumber,
  Lazy,
  Markup,
  numberOf,
  Tuple,
  typeName,
  type Value,
  View,
} from './values.ts';

type Test = (value: Value, args: readonly Value[]) => boolean;

const isInteger: Test = (value) => typeof value === 'number' || typeof value === 'bigint';
const isSequence: Test = (value) =>
  value === undefined ||
  typeof value === 'string' ||
  Array.isArray(value) ||
  value instanceof Tuple ||
  value instanceof Map;

function remainder(value: Value, divisor: Value): number {
  if (!isNumber(value) || !isNumber(divisor)) throw new TemplateError(`'${typeName(value)}' is no number`);
  return ((numberOf(value) % numberOf(divisor)) + numberOf(divisor)) % numberOf(divisor);
}

const equal: Test = (value, [other]) => isEqual(value, other);
const unequal: Test = (value, [other]) => !isEqual(value, other);
const less: Test = (value, [other]) => compare(value, other) < 0;
const lessOrEqual: Test = (value, [other]) => compare(value, other) <= 0;
const greater: Test = (value, [other]) => compare(value, other) > 0;
const greaterOrEqual: Test = (value, [other]) => compare(value, other) >= 0;

/** jinja2's tests by name. */
const tests: Readonly<Record<string, Test>> = {
  defined: (value) => value !== undefined,
  undefined: (value) => value === undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: isInteger,
  float: (value) => value instanceof Float,
  number: (value) => isNumber(value),
  string: (value) => typeof value === 'string' || value instanceof Markup,
  mapping: (value) => value instanceof Map,
  iterable: (value) => isSequence(value, []) || value instanceof Lazy || value instanceof View,
  sequence: isSequence,
  callable: (value) => typeof value === 'function' || value === undefined,
  lower: (value) => textMethods.islower!(str(value), [], new Map()) === true,
  upper: (value) => textMethods.isupper!(str(value), [], new Map()) === true,
  odd: (value) => remainder(value, 2) === 1,
  even: (value) => remainder(value, 2) === 0,
  divisibleby: (value, [divisor]) => remainder(value, divisor) === 0,
  sameas: (value, [other]) => value === other,
  in: (value, [container]) => isIn(value, container),
  eq: equal,
  equalto: equal,
  '==': equal,
  ne: unequal,
  '!=': unequal,
  lt: less,
  lessthan: less,
  '<': less,
  le: lessOrEqual,
  '<=': lessOrEqual,
  gt: greater,
  greaterthan: greater,
  '>': greater,
  ge: greaterOrEqual,
  '>=': greaterOrEqual,
};

/** @throws TemplateError for a test that is not known */
export function test(name: string, value: Value, args: readonly Value[]): boolean {
  if (!Object.hasOwn(tests, name)) throw new TemplateError(`a test "${name}" is not known`);
  return tests[name]!(value, args);
}
