import { parseArgs } from 'node:util';
import { AppError } from '../errors.ts';
import { editDistance, nearestName } from '../training/config/nearest-name.ts';

/** `text` takes a value, `flag` takes none. */
export type OptionKinds = Readonly<Record<string, 'text' | 'flag'>>;

export interface Arguments<K extends OptionKinds> {
  readonly positionals: readonly string[];
  readonly options: { readonly [O in keyof K]?: K[O] extends 'flag' ? boolean : string };
}

/**
 * @param mostPositionals how many words the command takes that are no options
 * @throws AppError 'usage' for an option that the command does not have, one without its value or given twice, or a word
 * too many
 */
export function parseArguments<const K extends OptionKinds>(
  argv: readonly string[],
  kinds: K,
  mostPositionals = 1,
): Arguments<K> {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { type: kind === 'flag' ? 'boolean' : 'string' } as const]),
  );
  try {
    const { positionals, values, tokens } = parseArgs({
      ...{ args: [...argv], options, allowPositionals: true, tokens: true },
    });
    const names = tokens.flatMap((token) =>
      token.kind === 'option' && kinds[token.name] === 'text' ? token.name : [],
    );
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`--${twice} is given twice`);
    const surplus = positionals[mostPositionals];
    if (surplus !== undefined) throw new Error(`"${surplus}" is one word too many`);
    return { positionals, options: values as Arguments<K>['options'] };
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    const nearest = nearestOption(message, Object.keys(kinds));
    const reason = `${message.replace(/\.$/, '')}${nearest || '.'}`;
    throw new AppError('usage', { reason }, { cause });
  }
}

/** The option that an unknown one most likely means. */
function nearestOption(message: string, known: readonly string[]): string {
  const [, wrong] = /Unknown option '--?([\w-]+)'/.exec(message) ?? [];
  const nearest = wrong === undefined ? '' : nearestName(wrong, known);
  return nearest !== '' && editDistance(wrong!, nearest) <= 2 ? `; did you mean --${nearest}?` : '';
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
