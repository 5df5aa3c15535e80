/** The run config of each run of a sweep. */
import { AppError, toAppError } from '../errors.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import type { Sweep, Trial } from './sweep.ts';

/**
 * The config that a sweep starts from with the settings of one run. A seed that is left open is the sweep's, so that runs
 * differ in their settings alone.
 * @throws AppError 'sweep-invalid' where the values do not go together
 */
export function trialConfig(base: RunConfig, { seed }: Pick<Sweep, 'seed'>, values: Trial): RunConfig {
  const sections = new Map<string, Record<string, unknown>>(
    Object.entries(base).map(([name, keys]) => [name, { ...keys }]),
  );
  const { environment } = base;
  if (environment.seed < 0) sections.set('environment', { ...environment, seed });
  for (const [key, value] of Object.entries(values)) {
    const [section, name] = key.split('.') as [string, string];
    sections.get(section)![name] = value;
  }
  try {
    return parseRunConfig(Object.fromEntries(sections));
  } catch (thrown) {
    const { code, params } = toAppError(thrown);
    if (code !== 'run-config-invalid') throw thrown;
    throw new AppError('sweep-invalid', { key: `settings.${params.key}`, reason: params.reason! });
  }
}
