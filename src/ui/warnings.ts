import { type SettingWarning, settingWarnings, smallestSide } from '../training/config/setting-warnings.ts';
import type { Studio } from './store.ts';

/** Settings of the form that are far from what works, with what is known of the model and the rows. */
export function warningsOf({
  config,
  model,
  tuning,
  facts,
}: Pick<Studio, 'config' | 'model' | 'tuning' | 'facts'>): SettingWarning[] {
  const summary = model.value;
  if (summary === null) return [];
  const reach = 'maxPositions' in summary.reads ? summary.reads.maxPositions : null;
  return settingWarnings(config, {
    hiddenSize: summary.hiddenSize,
    reach: facts?.reach ?? reach,
    lengths: facts?.lengths ?? null,
    smallestSide: smallestSide(summary.parameters, tuning.value?.adapterModules ?? []),
  });
}
