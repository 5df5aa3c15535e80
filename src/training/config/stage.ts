/** A run is prepared in stages; each names the settings it reads, and is computed anew only when one of them changes. */
import type { RunConfig, SectionName } from './run-config.ts';

/** A section of the run config, or one key of it: `dataset`, `training.batch_size`. */
export type SettingName = SectionName | { [S in SectionName]: `${S}.${keyof RunConfig[S] & string}` }[SectionName];

/** A run config with those settings only. */
export type Settings<N extends SettingName> = Intersection<N extends SettingName ? Part<N> : never>;

type Part<N> = N extends SectionName
  ? Pick<RunConfig, N>
  : N extends `${infer S extends SectionName}.${infer K}`
    ? { readonly [section in S]: { readonly [key in K & keyof RunConfig[S]]: RunConfig[S][key] } }
    : never;

type Intersection<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;

export interface Stage<Before extends readonly unknown[], N extends SettingName, T> {
  /** @param before results of earlier stages and what was opened: objects are known again by identity */
  (config: Settings<N>, ...before: Before): T;
  /** How often it was computed. */
  readonly computed: number;
}

/**
 * `compute`, which sees the settings it names and no others, with its last result kept, or with `keeps: 'all'` those of
 * every setting and number under the same objects. What it throws is not kept.
 */
export function createStage<const N extends SettingName, Before extends readonly unknown[], T>(
  reads: readonly N[],
  compute: (settings: Settings<N>, ...before: Before) => T,
  { keeps = 'last' }: { readonly keeps?: 'last' | 'all' } = {},
): Stage<Before, N, T> {
  const results = new Map<string, T>();
  let known: readonly unknown[] = [];
  let computed = 0;
  const stage = (config: Settings<N>, ...before: Before): T => {
    const settings = settingsOf(config, reads);
    const key = JSON.stringify([settings, before.map((each) => (isObject(each) ? '' : String(each)))]);
    const objects = before.filter(isObject);
    const isSame = objects.length === known.length && objects.every((each, index) => each === known[index]);
    if (isSame && results.has(key)) return results.get(key)!;
    if (!isSame || keeps === 'last') results.clear();
    computed++;
    known = objects;
    const result = compute(settings, ...before);
    results.set(key, result);
    return result;
  };
  return Object.defineProperty(stage, 'computed', { get: () => computed }) as Stage<Before, N, T>;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** The named settings alone, in the order of their names. */
function settingsOf<N extends SettingName>(config: Settings<N>, reads: readonly N[]): Settings<N> {
  const given = config as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const picked: Record<string, Record<string, unknown>> = {};
  for (const name of [...reads].sort()) {
    const [section, key] = name.split('.') as [string, string?];
    picked[section] = key === undefined ? { ...given[section] } : { ...picked[section], [key]: given[section]![key] };
  }
  return picked as Settings<N>;
}
