/** Reading PEFT's `adapter_config.json` key by key. */
import { AppError, because, type Reason } from '../errors.ts';
import type { PeftConfig, TuningSettings } from './method.ts';

export const invalidAdapter = (reason: Reason): AppError => new AppError('adapter-invalid', { reason });

/** @throws AppError 'adapter-invalid' where it is there and no number */
export function numberOf(config: PeftConfig, key: string, usual: number): number {
  const value = config[key] ?? usual;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalidAdapter(because`${key} is not a number`);
}

export const booleanOf = (config: PeftConfig, key: string): boolean => config[key] === true;

/** @throws AppError 'adapter-invalid' where a pattern has no number */
export function patternsOf(config: PeftConfig, key: string): Record<string, number> {
  const patterns = (config[key] ?? {}) as Record<string, unknown>;
  for (const [pattern, value] of Object.entries(patterns))
    if (typeof value !== 'number') throw invalidAdapter(because`${key} gives no number for ${pattern}`);
  return patterns as Record<string, number>;
}

/** One name or many. */
export const namesOf = (config: PeftConfig, key: string): string[] => [config[key] ?? []].flat().map(String);

/** `target_modules` and what narrows it. @throws AppError 'adapter-invalid' */
export function targetsOf(
  config: PeftConfig,
): Pick<
  TuningSettings,
  'lora_target_modules' | 'exclude_modules' | 'layers_to_transform' | 'layers_pattern' | 'modules_to_save'
> {
  const { target_modules: targets = null, exclude_modules: excluded = null, layers_to_transform: layers } = config;
  for (const value of [targets, excluded])
    if (value !== null && typeof value !== 'string' && !Array.isArray(value))
      throw invalidAdapter(because`target_modules or exclude_modules is neither a text nor a list`);
  return {
    lora_target_modules: (targets ?? '') as string | string[],
    exclude_modules: (excluded ?? []) as string | string[],
    layers_to_transform: [layers ?? []].flat().map(Number),
    layers_pattern: namesOf(config, 'layers_pattern'),
    modules_to_save: namesOf(config, 'modules_to_save'),
  };
}

/** `exclude_modules` where there are some; older versions of PEFT do not know the key. */
export function excludedConfig({ exclude_modules: excluded = '' }: TuningSettings): PeftConfig {
  return excluded.length > 0 ? { exclude_modules: excluded } : {};
}

/** @throws AppError 'adapter-unsupported' where one of these keys is used */
export function refuseUse(config: PeftConfig, keys: readonly string[]): void {
  for (const key of keys) {
    const value = config[key] ?? false;
    if (value !== false && !(Array.isArray(value) && value.length === 0))
      throw new AppError('adapter-unsupported', { what: key });
  }
}
