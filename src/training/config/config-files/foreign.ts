import { toAppError } from '../../../errors.ts';
import {
  defaultRunConfig,
  parseRunConfig,
  type RunConfig,
  type SectionName,
  type Setting,
  settings,
} from '../run-config.ts';
import type { Effect, EffectOf } from './effects.ts';
import { fitted, plainValue } from './values.ts';

/** A file's keys and values, flat: `training.batch_size`, or `learning_rate` where the format has no sections. */
export type Flat = Readonly<Record<string, unknown>>;

/** One setting in two languages. A format may write one of ours by several keys, each true for some of its values. */
export interface Row {
  readonly foreign: string;
  /** Section and key of the run config. */
  readonly ours: string;
  /** The value here; undefined where this key leaves ours as it is. Absent: the same in both. */
  readonly read?: (value: unknown, file: Flat) => unknown;
  /** Nothing in place of a value means something of its own; else it means the other program's default. */
  readonly readsNull?: true;
  /** The value is read by another row, together with that row's own key. */
  readonly readElsewhere?: true;
  /** The value there; undefined where this key has nothing to say. Absent: the same in both. */
  readonly write?: (value: never, config: RunConfig) => unknown;
}

/** Why a key, or its value, was left out. */
export type Reason =
  | 'elsewhere'
  | 'unknown'
  | 'no-effect'
  | { readonly effect: Effect }
  /** The value has no counterpart among those allowed; another one is used. */
  | { readonly value: unknown; readonly allowed: string; readonly ours: string; readonly instead: unknown };

/** What became of one key of a file. */
export interface Note {
  readonly key: string;
  /** Section and key that took it over, and the value there; absent where it was left out. */
  readonly to?: string;
  readonly value?: unknown;
  /** The file does not say it: what the other program takes then. */
  readonly implied?: boolean;
  readonly reason?: Reason;
}

export interface Imported {
  readonly config: RunConfig;
  readonly notes: readonly Note[];
}

export interface Vocabulary {
  /** Where two of them set the same key, the later one wins. */
  readonly rows: readonly Row[];
  /** Keys about the other program's machine, accounts or files: they are left out, and that is as it should be. */
  readonly elsewhere: RegExp;
  /** Keys that change the training there and have no counterpart here; the first that fits counts. */
  readonly effects: readonly (readonly [keys: RegExp, effect: EffectOf])[];
  /** What the other program means where a key is not given and our default differs. */
  readonly defaults: (file: Flat) => Flat;
}

/** The run config that a file of another program means, and what became of each of its keys. */
export function importFlat(file: Flat, vocabulary: Vocabulary): Imported {
  const { rows } = vocabulary;
  const values = Object.entries(file).filter(([, value]) => plainValue(value) !== null);
  const implied = vocabulary.defaults(plainFile(Object.fromEntries(values)));
  const readsNull = new Set(rows.filter((row) => row.readsNull).map(({ foreign }) => foreign));
  const nulls = Object.entries(file).filter(([key, value]) => readsNull.has(key) && plainValue(value) === null);
  const given: Flat = { ...implied, ...Object.fromEntries([...values, ...nulls]) };
  const plain = plainFile(given);
  const notes = new Map<string, Note[]>(Object.keys({ ...file, ...implied }).map((key) => [key, []]));
  let config = defaultRunConfig;
  for (const row of rows.filter(({ foreign }) => foreign in given)) {
    const key = row.foreign;
    const take = (value: unknown, from: Flat): boolean => {
      const read = readRow(row, value, from);
      if (read !== undefined) config = withValue(config, row.ours, read);
      return read !== undefined;
    };
    try {
      if (row.readElsewhere || take(given[key], plain)) notes.get(key)!.push({ key, to: row.ours });
    } catch (thrown) {
      if (toAppError(thrown).code !== 'run-config-invalid') throw thrown;
      const { allowed } = settingAt(row.ours);
      notes.get(key)!.push({ key, reason: { value: given[key], allowed, ours: row.ours, instead: undefined } });
      if (key in implied) take(implied[key], { ...plain, ...implied });
    }
  }
  for (const [key, found] of notes)
    found.push(...restOf(key, file, { ...plainFile(file), ...plain }, vocabulary, found.length > 0));
  const finished = [...notes.values()].flat().map((note) => completed(note, config, !(note.key in file)));
  return { config, notes: finished };
}

const plainFile = (file: Flat): Flat =>
  Object.fromEntries(Object.entries(file).map(([key, value]) => [key, plainValue(value)]));

function readRow({ ours, read }: Row, value: unknown, plain: Flat): unknown {
  const setting = settingAt(ours);
  const isText = setting.kind === 'text' || setting.kind === 'names';
  const result = read ? read(isText ? value : plainValue(value), plain) : value;
  return result === undefined ? undefined : fitted(result, setting);
}

/** What is to be said of a key beside what its rows took over. */
function restOf(
  key: string,
  file: Flat,
  plain: Flat,
  { rows, elsewhere, effects }: Vocabulary,
  isTaken: boolean,
): Note[] {
  const known = effects.find(([keys]) => keys.test(key));
  const effect = known?.[1](plain[key], plain);
  if (effect) return [{ key, reason: { effect } }];
  if (isTaken || !(key in file)) return [];
  if (known || rows.some(({ foreign }) => foreign === key)) return [{ key, reason: 'no-effect' }];
  if (elsewhere.test(key)) return [{ key, reason: 'elsewhere' }];
  return [{ key, reason: plain[key] === null ? 'no-effect' : 'unknown' }];
}

/** With the value that the whole file led to. */
function completed(note: Note, config: RunConfig, isImplied: boolean): Note {
  const { to, reason } = note;
  const implied = isImplied ? { implied: true } : {};
  if (to !== undefined) return { ...note, value: settingOf(config, to), ...implied };
  if (typeof reason === 'object' && 'ours' in reason)
    return { ...note, ...implied, reason: { ...reason, instead: settingOf(config, reason.ours) } };
  return { ...note, ...implied };
}

/** A file of the other program, and the keys of ours that would be something else if it were read back. */
export function exportFlat(config: RunConfig, vocabulary: Vocabulary): { file: Flat; lost: readonly string[] } {
  const file: Record<string, unknown> = {};
  for (const { foreign, ours, write } of vocabulary.rows) {
    const value = settingOf(config, ours);
    const written = write ? write(value as never, config) : value;
    if (written !== undefined) file[foreign] = written;
  }
  const back = importFlat(file, vocabulary).config;
  const differs = (key: string) => JSON.stringify(settingOf(back, key)) !== JSON.stringify(settingOf(config, key));
  return { file, lost: dottedKeys(config).filter(differs) };
}

const dottedKeys = (config: RunConfig): string[] =>
  Object.entries(config).flatMap(([section, keys]) => Object.keys(keys).map((key) => `${section}.${key}`));

function settingOf(config: RunConfig, dotted: string): unknown {
  const [section, key] = dotted.split('.') as [SectionName, string];
  return (config[section] as Readonly<Record<string, unknown>>)[key];
}

function settingAt(dotted: string): Setting<unknown> {
  const [section, key] = dotted.split('.') as [SectionName, string];
  return (settings[section] as Readonly<Record<string, Setting<unknown>>>)[key]!;
}

/** @throws AppError as `parseRunConfig` */
function withValue(config: RunConfig, dotted: string, value: unknown): RunConfig {
  const [section, key] = dotted.split('.') as [SectionName, string];
  return parseRunConfig({ ...config, [section]: { ...config[section], [key]: value } });
}

/** Between names of one value in two programs. */
export function renamed(names: Readonly<Record<string, string>>): Required<Pick<Row, 'read' | 'write'>> {
  const there = Object.fromEntries(Object.entries(names).map(([foreign, ours]) => [ours, foreign]));
  return {
    read: (value) => names[String(value)] ?? value,
    write: (value) => there[String(value)] ?? value,
  };
}

/** Keys that bear the same name within a section here. */
export const sameIn = (section: SectionName, ...keys: readonly string[]): Row[] =>
  keys.map((key) => ({ foreign: key, ours: `${section}.${key}` }));
