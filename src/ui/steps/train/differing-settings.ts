import type { RunConfig } from '../../../training/config/run-config.ts';

export interface DifferingSetting {
  /** Section and key, as in the run config. */
  readonly key: string;
  /** Of each config, as JSON; a dash where it is missing. */
  readonly values: readonly string[];
}

/** The settings that are not the same in all configs, in the order of the run config; names of runs are left out. */
export function differingSettings(configs: readonly RunConfig[]): DifferingSetting[] {
  const flat = configs.map(flatten);
  const keys = [...new Set(flat.flatMap((settings) => [...settings.keys()]))];
  return keys
    .map((key) => ({ key, values: flat.map((settings) => settings.get(key) ?? '–') }))
    .filter(({ key, values }) => key !== 'environment.experiment_name' && new Set(values).size > 1);
}

const flatten = (config: RunConfig): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(config).flatMap(([section, keys]) =>
      Object.entries(keys).map(([key, value]) => [`${section}.${key}`, JSON.stringify(value)] as const),
    ),
  );
