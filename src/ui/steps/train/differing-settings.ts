import type { RunConfig } from '../../../training/config/run-config.ts';

/** What a run has of a setting. */
export type SettingValue =
  | { readonly text: string }
  /** Of a list: what not all runs have, and how many entries all of them have. */
  | { readonly items: readonly string[]; readonly own: readonly string[]; readonly shared: number };

export interface DifferingSetting {
  /** Section and key, as in the run config. */
  readonly key: string;
  /** Of each config; a dash where it is missing. */
  readonly values: readonly SettingValue[];
}

/** What only tells runs apart, by name, by place or by chance. */
const naming = new Set(['environment.experiment_name', 'environment.output_directory', 'environment.seed']);

/** The settings that are not the same in all configs, in the order of the run config, but for those that only name. */
export function differingSettings(configs: readonly RunConfig[]): DifferingSetting[] {
  const flat = configs.map(flatten);
  const keys = [...new Set(flat.flatMap((settings) => [...settings.keys()]))];
  return keys
    .filter((key) => !naming.has(key))
    .map((key) => ({ key, found: flat.map((settings) => settings.get(key)) }))
    .filter(({ found }) => new Set(found.map((value) => JSON.stringify(value))).size > 1)
    .map(({ key, found }) => ({ key, values: valuesOf(found) }));
}

function valuesOf(found: readonly unknown[]): SettingValue[] {
  const lists = found.map((value) => (Array.isArray(value) ? value.map(textOf) : []));
  const sets = lists.map((list) => new Set(list));
  const isShared = (item: string) => sets.every((set) => set.has(item));
  // Lists of the same entries differ in their order: then all of it is told.
  const isOrder = lists.every((list) => list.every(isShared));
  return found.map((value, index): SettingValue => {
    if (!Array.isArray(value)) return { text: textOf(value) };
    const items = lists[index]!;
    const own = isOrder ? items : items.filter((item) => !isShared(item));
    return { items, own, shared: items.length - own.length };
  });
}

/** A text as it is where that is plain to see, everything else as JSON. */
function textOf(value: unknown): string {
  if (value === undefined) return '–';
  const isPlain = typeof value === 'string' && value !== '' && value.trim() === value && !/[\n\t"]/.test(value);
  return isPlain ? value : JSON.stringify(value);
}

const flatten = (config: RunConfig): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(config).flatMap(([section, keys]) =>
      Object.entries(keys).map(([key, value]) => [`${section}.${key}`, value] as const),
    ),
  );
