import { AppError, type ErrorCode, type ErrorParams, toAppError } from '../../errors.ts';
import { defaultRunConfig, parseRunConfig, type RunConfig, type SectionName } from '../run-config.ts';

/** A file's keys and values, flat: `training.batch_size`, or `learning_rate` where the format has no sections. */
export type Flat = Readonly<Record<string, unknown>>;

/** One setting in two languages. A format may write one of ours by several keys, each true for some of its values. */
export interface Row {
  readonly foreign: string;
  /** Section and key of the run config. */
  readonly ours: string;
  /** The value here; undefined where this key leaves ours as it is. Absent: the same in both. */
  readonly read?: (value: unknown, file: Flat) => unknown;
  /** The value there; undefined where this key has nothing to say. Absent: the same in both. */
  readonly write?: (value: never, config: RunConfig) => unknown;
}

/** What became of one key of a file. */
export interface Note {
  readonly key: string;
  /** Section and key that took it over, and the value there; absent where it was left out. */
  readonly to?: string;
  readonly value?: unknown;
  /** The file does not say it: the other program's default. */
  readonly implied?: boolean;
  /** Why it was left out: it means nothing here, nobody knows it, or the error says. */
  readonly reason?: 'elsewhere' | 'unknown' | { readonly code: ErrorCode; readonly params: ErrorParams };
}

export interface Imported {
  readonly config: RunConfig;
  readonly notes: readonly Note[];
}

interface Vocabulary {
  readonly rows: readonly Row[];
  /** Keys about the other program's machine, accounts or files: they are left out, and that is as it should be. */
  readonly elsewhere: RegExp;
  /** What the other program means where a key is not given and our default differs. */
  readonly defaults: Flat;
}

/** The run config that a file of another program means, and what became of each of its keys. */
export function importFlat(file: Flat, { rows, elsewhere, defaults }: Vocabulary): Imported {
  const given = { ...defaults, ...file };
  let config = defaultRunConfig;
  const notes: Note[] = [];
  for (const [key, value] of Object.entries(given)) {
    const known = rows.filter(({ foreign }) => foreign === key);
    if (known.length === 0) {
      notes.push({ key, reason: elsewhere.test(key) ? 'elsewhere' : 'unknown' });
      continue;
    }
    for (const row of known) {
      const read = row.read ? row.read(value, given) : value;
      if (read === undefined) continue;
      try {
        config = withValue(config, row.ours, read);
        notes.push({
          key,
          to: row.ours,
          value: settingOf(config, row.ours),
          ...(key in file ? {} : { implied: true }),
        });
      } catch (thrown) {
        const { code, params } = toAppError(thrown);
        notes.push({ key, reason: { code, params } });
      }
    }
  }
  return { config, notes };
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

/** @throws AppError as `parseRunConfig` */
function withValue(config: RunConfig, dotted: string, value: unknown): RunConfig {
  const [section, key] = dotted.split('.') as [SectionName, string];
  return parseRunConfig({ ...config, [section]: { ...config[section], [key]: value } });
}

/** @throws AppError 'run-config-invalid' */
export function requireObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new AppError('run-config-invalid', { key: '(whole file)', reason: 'must be an object' });
}

/** Between names of one value in two programs. */
export function renamed(names: Readonly<Record<string, string>>): Required<Pick<Row, 'read' | 'write'>> {
  const there = Object.fromEntries(Object.entries(names).map(([foreign, ours]) => [ours, foreign]));
  return {
    read: (value) => names[String(value)] ?? value,
    write: (value) => there[String(value)] ?? value,
  };
}
