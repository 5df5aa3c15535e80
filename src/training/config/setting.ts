import * as v from 'valibot';
import { because, type Reason } from '../../errors.ts';

/** Bounds and step of a form field; a config file may go beyond them, within `valid`. */
export type FormBounds = readonly [minimum: number, maximum: number, step: number];

/** One key of the run config: its default, how a form shows it, and the schema that a file must satisfy. */
export interface Setting<T> {
  readonly kind: 'number' | 'text' | 'choice' | 'switch' | 'names' | 'modules' | 'other';
  readonly default: T;
  readonly form?: FormBounds;
  readonly integer?: boolean;
  readonly choices?: readonly string[];
  /** What is allowed, in words, for messages and documents. */
  readonly allowed: string;
  /** One sentence: what it does, with its unit. */
  readonly meaning: string;
  /** The same setting elsewhere, where the name differs: H2O LLM Studio, Hugging Face. */
  readonly elsewhere?: string;
  readonly schema: v.GenericSchema<unknown, T>;
  /** What is said of another value, where the schema's own message depends on the setting. */
  readonly wrong?: Reason;
}

interface Words {
  readonly meaning: string;
  readonly elsewhere?: string;
}

interface NumberRange extends Words {
  readonly form?: FormBounds;
  readonly valid?: readonly [minimum: number, maximum: number];
  readonly integer?: boolean;
}

const anyNumber: readonly [number, number] = [0, Number.MAX_VALUE];

/** A number: at least 0 unless `valid` says otherwise. */
export function number(initial: number, given: NumberRange): Setting<number> {
  const { valid = anyNumber, integer = false, ...rest } = given;
  const [minimum, maximum] = valid;
  const upTo = maximum === Number.MAX_VALUE ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  const allowed = `${integer ? 'a whole number' : 'a number'} ${upTo}`;
  const fits = (value: number) => value >= minimum && value <= maximum && (!integer || Number.isInteger(value));
  const schema = v.pipe(v.number(`must be ${allowed}`), v.check(fits, `must be ${allowed}`));
  const range = maximum === Number.MAX_VALUE ? because`of at least ${minimum}` : because`from ${minimum} to ${maximum}`;
  const wrong = integer ? because`must be a whole number ${range}` : because`must be a number ${range}`;
  return { kind: 'number', default: initial, integer, allowed, schema, wrong, ...rest };
}

export const whole = (initial: number, range: NumberRange) => number(initial, { ...range, integer: true });

export function text(initial: string, words: Words): Setting<string> {
  return { kind: 'text', default: initial, allowed: 'text', schema: v.string('must be text'), ...words };
}

export function toggle(initial: boolean, words: Words): Setting<boolean> {
  const schema = v.boolean('must be true or false');
  return { kind: 'switch', default: initial, allowed: 'true or false', schema, ...words };
}

export function choice<const C extends readonly string[]>(
  choices: C,
  initial: C[number],
  words: Words,
): Setting<C[number]> {
  const listed = choices.map((each) => `"${each}"`).join(', ');
  const allowed = `one of ${listed}`;
  const schema = v.picklist(choices, `must be ${allowed}`) as v.GenericSchema<unknown, C[number]>;
  return {
    kind: 'choice',
    default: initial,
    choices,
    allowed,
    schema,
    wrong: because`must be one of ${listed}`,
    ...words,
  };
}

/** A list of names; one name alone may be written without the brackets. */
export function names(initial: readonly string[], words: Words): Setting<readonly string[]> {
  const allowed = 'a list of names';
  const list = v.array(v.string(`must be ${allowed}`), `must be ${allowed}`);
  const single = v.pipe(
    v.string(),
    v.transform((name) => (name === '' ? [] : [name])),
  );
  const schema = v.union([list, single], `must be ${allowed}`);
  return { kind: 'names', default: initial, allowed, schema, ...words };
}

/** Modules by a list of names or one regular expression; an empty text is none. */
export function modules(words: Words): Setting<string | readonly string[]> {
  const allowed = 'a list of module names, or one regular expression; empty = none';
  const schema = v.union([v.string(), v.array(v.string())], 'must be a list of names or a regular expression');
  return { kind: 'modules', default: '', allowed, schema, ...words };
}

export function other<T>(initial: T, allowed: string, schema: v.GenericSchema<unknown, T>, words: Words): Setting<T> {
  return { kind: 'other', default: initial, allowed, schema, ...words };
}
