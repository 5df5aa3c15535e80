import { AppError, because } from '../../errors.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import type { SettingsPatch } from '../../training/results/verdict/verdict.ts';
import type { RunDetail } from './messages.ts';

/** @throws AppError 'run-config-invalid', 'run-config-unknown-key' */
export function withSettings(config: RunConfig, settings: SettingsPatch): RunConfig {
  const sections = new Map<string, object>(Object.entries(config));
  for (const [section, keys] of Object.entries(settings)) sections.set(section, { ...sections.get(section), ...keys });
  return parseRunConfig(Object.fromEntries(sections));
}

/**
 * The config of a run that goes on for so many epochs more than it was begun with. Its schedule is that of the longer
 * run: a rate that had fallen rises to where it would have been, and falls to the new end.
 * @throws AppError 'run-config-invalid' where it is not known how many updates an epoch has
 */
export function withEpochs({ config, metrics }: Pick<RunDetail, 'config' | 'metrics'>, epochs: number): RunConfig {
  const { training } = config;
  if (epochs === 0) return config;
  if (training.max_steps === 0) return withSettings(config, { training: { epochs: training.epochs + epochs } });
  const last = metrics.findLast(({ epoch }) => epoch > 0);
  if (!last)
    throw new AppError('run-config-invalid', { key: 'training.epochs', reason: because`no update was done yet` });
  const more = Math.round((epochs * last.step) / last.epoch);
  return withSettings(config, { training: { max_steps: training.max_steps + more } });
}
