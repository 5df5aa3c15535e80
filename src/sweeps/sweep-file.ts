/** A sweep as a file, YAML or JSON, that the page and the command line read and write. */
import { AppError, because, type Reason, toAppError } from '../errors.ts';
import { parseSettings } from '../training/config/config-files/parse.ts';
import { isNear, nearestName } from '../training/config/nearest-name.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { type Halving, isRange, type Range, type Sweep, scoreNames, type Tried } from './sweep.ts';
import { mayBeTried, settingAt, sweptKeys } from './swept-keys.ts';

/** A sweep, and what its runs are made of beside. */
export interface ReadSweepFile {
  /** A seed that the file leaves open is null. */
  readonly sweep: Omit<Sweep, 'seed'> & { readonly seed: number | null };
  /** The run config in the file itself, whole or in part; null where there is none. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** The path of a run config, against the folder of the sweep's file; null where none is named. */
  readonly run: string | null;
}

const keys = ['run', 'config', 'search', 'trials', 'seed', 'score', 'halving', 'settings'] as const;
const searches = ['grid', 'random'] as const;

/**
 * @throws AppError 'settings-unreadable' where it is neither JSON nor YAML; 'sweep-invalid' with the key and what is wrong
 * there
 */
export async function parseSweepFile(text: string, file: string): Promise<ReadSweepFile> {
  const parsed = await parseSettings(text, file);
  for (const key of Object.keys(parsed)) requireKnown(key, keys);
  const { run, config } = parsed;
  if (run !== undefined && typeof run !== 'string') throw invalid('run', because`must be text`);
  if (config !== undefined && !isObject(config)) throw invalid('config', because`must be an object`);
  if (run !== undefined && config !== undefined)
    throw invalid('config', because`there is "run" already: leave one of them out`);
  // Says what is wrong in it now, before anything is opened.
  if (config !== undefined) parseRunConfig(config);
  return { sweep: parseSweep(parsed), config: config ?? null, run: run ?? null };
}

/** The sweep of an object. @throws AppError 'sweep-invalid' */
export function parseSweep(given: Readonly<Record<string, unknown>>): ReadSweepFile['sweep'] {
  const search = oneOf('search', given.search ?? 'grid', searches);
  const seed = given.seed ?? null;
  if (seed !== null) requireWhole('seed', seed, 0, 2 ** 32 - 1);
  const trials = given.trials ?? null;
  if (search === 'random') requireWhole('trials', trials, 1);
  else if (trials !== null) throw invalid('trials', because`a grid makes every combination: leave it out`);
  if (given.settings !== undefined && !isObject(given.settings)) throw invalid('settings', because`must be an object`);
  if (given.settings === undefined || Object.keys(given.settings).length === 0)
    throw invalid('settings', because`it names no setting`);
  const tried = Object.entries(given.settings).map(([key, value]) => [key, parseTried(key, value, search)] as const);
  return {
    search,
    trials: trials as number | null,
    seed: seed as number | null,
    score: oneOf('score', given.score ?? 'validation_loss', scoreNames),
    halving: given.halving === undefined || given.halving === null ? null : parseHalving(given.halving),
    settings: Object.fromEntries(tried),
  };
}

function parseTried(key: string, given: unknown, search: Sweep['search']): Tried {
  const place = `settings.${key}`;
  if (!settingAt(key)) requireKnown(key, sweptKeys, place);
  if (!mayBeTried(key)) throw invalid(place, because`every run of a sweep has the same`);
  if (isObject(given) && ('from' in given || 'to' in given)) return parseRange(key, given, search);
  const values = isObject(given) ? given.values : given;
  if (!Array.isArray(values) || values.length === 0)
    throw invalid(place, because`must be a list of values, or a range with from and to`);
  for (const value of values) requireValue(key, value);
  const texts = values.map((value) => JSON.stringify(value));
  if (new Set(texts).size < texts.length) throw invalid(place, because`one value stands there twice`);
  return values;
}

function parseRange(key: string, given: Readonly<Record<string, unknown>>, search: Sweep['search']): Range {
  const place = `settings.${key}`;
  for (const name of Object.keys(given)) requireKnown(name, ['from', 'to', 'scale', 'count'], `${place}.${name}`);
  if (settingAt(key)!.kind !== 'number') throw invalid(place, because`only numbers have a range: list its values`);
  const { from, to } = given;
  if (typeof from !== 'number' || typeof to !== 'number' || !(from < to))
    throw invalid(place, because`from must be a number below to`);
  for (const end of [from, to]) requireValue(key, end);
  const scale = oneOf(`${place}.scale`, given.scale ?? 'linear', ['linear', 'log'] as const);
  if (scale === 'log' && from <= 0) throw invalid(`${place}.from`, because`a logarithmic range begins above 0`);
  const count = given.count ?? null;
  if (search === 'grid') requireWhole(`${place}.count`, count, 2);
  else if (count !== null) throw invalid(`${place}.count`, because`a random search draws from the range: leave it out`);
  return { from, to, scale, count: count as number | null };
}

function parseHalving(given: unknown): Halving {
  if (!isObject(given)) throw invalid('halving', because`must be an object`);
  for (const name of Object.keys(given)) requireKnown(name, ['rungs', 'keep'], `halving.${name}`);
  const keep = given.keep ?? 0.5;
  if (typeof keep !== 'number' || !(keep > 0 && keep < 1))
    throw invalid('halving.keep', because`must be a number above 0 and below 1`);
  const { rungs } = given;
  if (!Array.isArray(rungs) || rungs.length === 0) throw invalid('halving.rungs', because`must be a list of updates`);
  for (const [index, rung] of rungs.entries()) {
    requireWhole('halving.rungs', rung, 1);
    if (index > 0 && rung <= rungs[index - 1])
      throw invalid('halving.rungs', because`each must be above the one before`);
  }
  return { rungs, keep };
}

/** A value as the run config takes it. @throws AppError 'sweep-invalid' */
function requireValue(key: string, value: unknown): void {
  const [section, name] = key.split('.') as [string, string];
  try {
    parseRunConfig({ [section]: { [name]: value } });
  } catch (thrown) {
    const { reason } = toAppError(thrown).params;
    throw invalid(`settings.${key}`, because`${JSON.stringify(value)} ${reason}`);
  }
}

function requireWhole(key: string, value: unknown, minimum: number, maximum = Number.MAX_SAFE_INTEGER): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return;
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? because`of at least ${minimum}` : because`from ${minimum} to ${maximum}`;
  throw invalid(key, because`must be a whole number ${range}`);
}

function oneOf<const C extends readonly string[]>(key: string, value: unknown, choices: C): C[number] {
  if (choices.includes(value as string)) return value as C[number];
  throw invalid(key, because`must be one of ${choices.map((each) => `"${each}"`).join(', ')}`);
}

function requireKnown(key: string, known: readonly string[], place = key): void {
  if (known.includes(key)) return;
  const nearest = nearestName(key, known);
  throw invalid(
    place,
    isNear(key, nearest) ? because`it is not known; the nearest is ${nearest}` : because`it is not known`,
  );
}

const invalid = (key: string, reason: Reason): AppError => new AppError('sweep-invalid', { key, reason });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a file of a sweep says, in the order of the documents; a run config stands in it whole. */
export function sweepObject(sweep: Sweep, config?: RunConfig): Readonly<Record<string, unknown>> {
  const { search, trials, seed, score, halving, settings: tried } = sweep;
  const written = Object.entries(tried).map(([key, each]) => {
    if (!isRange(each)) return [key, each];
    const { count, ...rest } = each;
    return [key, count === null ? rest : { ...rest, count }];
  });
  return {
    search,
    ...(trials === null ? {} : { trials }),
    seed,
    score,
    ...(halving ? { halving } : {}),
    settings: Object.fromEntries(written),
    ...(config ? { config } : {}),
  };
}

/** The text of such a file. */
export async function writeSweepFile(sweep: Sweep, config?: RunConfig): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(sweepObject(sweep, config));
}
