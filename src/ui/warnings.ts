import { isRecipeKey } from '../training/config/recipes.ts';
import { type SettingWarning, settingWarnings, smallestSide } from '../training/config/setting-warnings.ts';
import type { Studio } from './store.ts';

/**
 * Settings of the form that are far from what works, with what is known of the model and the rows. Those that follow from
 * the rows as soon as these are there are none.
 */
export function warningsOf({
  config,
  own,
  model,
  tuning,
  facts,
}: Pick<Studio, 'config' | 'own' | 'model' | 'tuning' | 'facts'>): SettingWarning[] {
  const summary = model.value;
  if (summary === null) return [];
  const reach = 'maxPositions' in summary.reads ? summary.reads.maxPositions : null;
  const follows = (key: string) => config.training.recipe !== 'none' && isRecipeKey(key) && !own.includes(key);
  const found = settingWarnings(config, {
    parameters: summary.totalParameters,
    reach: facts?.reach ?? reach,
    lengths: facts?.lengths ?? null,
    smallestSide: smallestSide(summary.parameters, tuning.value?.adapterModules ?? []),
  });
  return found.filter(({ key }) => !follows(key));
}
