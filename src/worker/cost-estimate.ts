import type { DeviceProfile } from '../plan/profile.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { createStage } from '../training/config/stage.ts';
import { plannedSettings, planTuning } from '../training/plan-run.ts';
import type { OpenModel } from '../training/session/open-model.ts';
import { comparedRate } from '../tuning/learning-rates.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import type { CostEstimate } from './protocol.ts';

/** What runs would cost, by their plans: a choice that is looked at again, or taken after it was offered, is there. */
export function costEstimator() {
  const planned = createStage(
    plannedSettings,
    (
      config,
      { model, dtypes }: OpenModel,
      profile: DeviceProfile,
      length: number | undefined,
      rate: number | undefined,
    ): CostEstimate => {
      const tuning = resolveTuning(model, config.tuning, rate);
      const { recomputed, ...plan } = planTuning(config, tuning, { model, dtypes, profile, length });
      const { trainedParameters, totalParameters, step } = plan;
      return { trainedParameters, totalParameters, step, recomputesLayers: recomputed === 'blocks' };
    },
    { keeps: 'all' },
  );
  return {
    /** @param length padded, of the longest batch, where the data is known */
    estimate: (config: RunConfig, open: OpenModel, profile: DeviceProfile, length: number | undefined): CostEstimate =>
      planned(config, open, profile, length, comparedRate(config.tuning, config.training.learning_rate)),
    /** Plans made so far. */
    get computed() {
      return planned.computed;
    },
  };
}
