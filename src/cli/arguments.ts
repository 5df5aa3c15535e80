import { parseArgs } from 'node:util';
import { AppError } from '../errors.ts';

/** `text` takes a value, `flag` takes none. */
export type OptionKinds = Readonly<Record<string, 'text' | 'flag'>>;

export interface Arguments<K extends OptionKinds> {
  readonly positionals: readonly string[];
  readonly options: { readonly [O in keyof K]?: K[O] extends 'flag' ? boolean : string };
}

/** @throws AppError 'usage' for an option that the command does not have, or one without its value */
export function parseArguments<const K extends OptionKinds>(argv: readonly string[], kinds: K): Arguments<K> {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { type: kind === 'flag' ? 'boolean' : 'string' } as const]),
  );
  try {
    const { positionals, values } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return { positionals, options: values as Arguments<K>['options'] };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new AppError('usage', { reason: `${reason.replace(/\.$/, '')}.` }, { cause });
  }
}

/** @throws AppError 'usage' where it is missing */
export function required(value: string | undefined, name: string): string {
  if (value !== undefined && value !== '') return value;
  throw new AppError('usage', { reason: `${name} is missing.` });
}

/** @throws AppError 'usage' for what is no whole number of at least `minimum` */
export function wholeNumber(value: string, name: string, minimum = 0): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isInteger(number) && number >= minimum) return number;
  throw new AppError('usage', { reason: `${name} must be a whole number of at least ${minimum}, not "${value}".` });
}
