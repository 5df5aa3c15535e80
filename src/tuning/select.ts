import { AppError, because, type Reason } from '../errors.ts';
import type { ParameterInfo } from '../models/model.ts';
import { expressionOf, globMatches, RiskyExpression } from './expression.ts';
import { permutation } from './permutation.ts';
import * as selectors from './selectors.ts';

/**
 * One entry of the run config's `train_parameters`: a parameter's or module's whole name, or one of these objects.
 * Shares are per cent of all values, 0 to 100.
 */
export type Selector =
  | string
  | { readonly contains: string }
  | { readonly not_contains: string }
  /** An expression found anywhere in the name; a pattern of the whole name in which * is any text and ? one character. */
  | { readonly regex: string }
  | { readonly glob: string }
  | { readonly nearest_input: number }
  | { readonly nearest_output: number }
  | { readonly random: number; readonly seed?: number; readonly mode?: 'corrected' | 'as-in-the-article' }
  | { readonly freeze_first_layers: number; readonly match?: selectors.LayerMatch }
  | { readonly last_layers: number }
  | { readonly bias_only: true }
  | { readonly norms_only: true }
  | { readonly input_embedding: true }
  | { readonly all: true };

type Parameters = readonly ParameterInfo[];
type Entry = Readonly<Record<string, unknown>>;

interface Rule {
  /** Other keys the entry may have, with what they may be; the first is the default. */
  readonly options?: Readonly<Record<string, readonly string[] | 'number'>>;
  readonly value: 'text' | 'percent' | 'count' | 'true';
  select(parameters: Parameters, value: never, entry: Entry): string[];
}

const rules: Readonly<Record<string, Rule>> = {
  contains: { value: 'text', select: selectors.namesContaining },
  not_contains: { value: 'text', select: selectors.namesNotContaining },
  regex: { value: 'text', select: (parameters, pattern: string) => matching(parameters, pattern) },
  glob: {
    value: 'text',
    select: (parameters, pattern: string) =>
      parameters.filter(({ name }) => globMatches(pattern, name)).map(({ name }) => name),
  },
  nearest_input: { value: 'percent', select: selectors.nearestInput },
  nearest_output: { value: 'percent', select: selectors.nearestOutput },
  random: {
    value: 'percent',
    options: { seed: 'number', mode: ['corrected', 'as-in-the-article'] },
    select: (parameters, percent: number, { seed = 0, mode }) => {
      const order = permutation(parameters.length, seed as number);
      return selectors.randomShare(parameters, percent, order, mode as 'corrected' | 'as-in-the-article' | undefined);
    },
  },
  freeze_first_layers: {
    value: 'count',
    options: { match: ['whole-index', 'index-prefix', 'dotted-embeddings'] },
    select: (parameters, count: number, { match }) =>
      selectors.exceptEmbeddingsAndFirstLayers(parameters, count, match as selectors.LayerMatch | undefined),
  },
  last_layers: { value: 'count', select: selectors.lastLayers },
  bias_only: { value: 'true', select: selectors.biasesOnly },
  norms_only: { value: 'true', select: selectors.normsOnly },
  input_embedding: { value: 'true', select: selectors.inputEmbedding },
  all: { value: 'true', select: selectors.allParameters },
};

/** Every key a selector object may begin with. */
export const selectorKeys: readonly string[] = Object.keys(rules);

const invalid = (reason: Reason): AppError =>
  new AppError('run-config-invalid', { key: 'tuning.train_parameters', reason });

function matching(parameters: Parameters, pattern: string): string[] {
  try {
    return selectors.namesMatching(parameters, expressionOf(pattern));
  } catch (cause) {
    const reason =
      cause instanceof RiskyExpression
        ? because`${pattern} repeats repetitions, and might never end`
        : because`${pattern} is not a regular expression`;
    throw new AppError('run-config-invalid', { key: 'tuning.train_parameters', reason }, { cause });
  }
}

/**
 * The names that one entry of `train_parameters` picks, in the model's order. A share may be too small for any tensor
 * and then picks none.
 * @throws AppError 'run-config-invalid' where the entry is malformed; 'nothing-matched' where a name or text fits nothing
 */
export function selectParameters(parameters: Parameters, entry: string | Entry): string[] {
  if (typeof entry === 'string') return named(parameters, entry);
  const key = Object.keys(entry).find((name) => Object.hasOwn(rules, name));
  if (key === undefined)
    throw invalid(because`${JSON.stringify(entry)} has none of the keys ${selectorKeys.join(', ')}`);
  const rule = rules[key]!;
  requireValue(key, rule.value, entry[key]);
  requireOptions(key, rule.options ?? {}, entry);
  const names = rule.select(parameters, entry[key] as never, entry);
  if (names.length === 0 && rule.value !== 'percent') throw noMatch(entry[key], key);
  return names;
}

/** A parameter by its name, or all of a module by its path. */
function named(parameters: Parameters, name: string): string[] {
  const names = parameters.filter((p) => p.name === name || p.name.startsWith(`${name}.`)).map((p) => p.name);
  if (names.length === 0) throw noMatch(name, name);
  return names;
}

const noMatch = (value: unknown, key: string): AppError =>
  new AppError('nothing-matched', { pattern: typeof value === 'string' ? value : key });

function requireValue(key: string, kind: Rule['value'], value: unknown): void {
  const number = typeof value === 'number' && Number.isFinite(value) && value >= 0;
  const checks: Record<Rule['value'], readonly [boolean, Reason]> = {
    text: [typeof value === 'string' && value !== '', because`a part of a name`],
    percent: [number && value <= 100, because`a share from 0 to 100`],
    count: [number && Number.isInteger(value), because`a whole number of layers`],
    true: [value === true, because`true`],
  };
  const [fits, wanted] = checks[kind];
  if (!fits) throw invalid(because`${key} must be ${wanted}`);
}

function requireOptions(key: string, options: NonNullable<Rule['options']>, entry: Entry): void {
  for (const [name, value] of Object.entries(entry)) {
    if (name === key) continue;
    const allowed = Object.hasOwn(options, name) ? options[name] : undefined;
    if (allowed === undefined) throw invalid(because`${key} takes no ${name}`);
    const fits = allowed === 'number' ? Number.isInteger(value) : allowed.includes(value as string);
    if (!fits)
      throw invalid(because`${name} must be ${allowed === 'number' ? because`a whole number` : allowed.join(' or ')}`);
  }
}
