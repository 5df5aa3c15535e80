import type { DeviceProfile } from '../../plan/profile.ts';
import { comparedRate } from '../../tuning/learning-rates.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { RunConfig } from '../config/run-config.ts';
import { createStage } from '../config/stage.ts';
import type { Recomputed } from '../programs/programs.ts';
import { recomputedBy } from '../programs/training-programs.ts';
import type { OpenModel } from './open-model.ts';
import { plannedSettings, planTuning, type RunPlan } from './plan-run.ts';

/** `length`: padded, of the longest batch, where the data is known. */
type Planned = [config: RunConfig, open: OpenModel, profile: DeviceProfile, length: number | undefined];

/** Plans of runs, each made once: a choice that is looked at again, or begun after it was looked at, is there. */
export interface RunPlanner {
  /** @throws AppError as `planRun` */
  plan(...of: Planned): RunPlan;
  /** What the backward part of a run computes again. Without a budget to keep to nothing is planned. */
  recomputed(...of: Planned): Recomputed;
  /** Plans made so far. */
  readonly computed: number;
}

export function runPlanner(): RunPlanner {
  const planned = createStage(
    plannedSettings,
    (
      config,
      { model, dtypes, codedAs }: OpenModel,
      profile: DeviceProfile,
      length: number | undefined,
      rate: number | undefined,
    ): RunPlan =>
      planTuning(config, resolveTuning(model, config.tuning, rate), { model, dtypes, codedAs, profile, length }),
    { keeps: 'all' },
  );
  const plan = (...[config, open, profile, length]: Planned): RunPlan =>
    planned(config, open, profile, length, comparedRate(config.tuning, config.training.learning_rate));
  return {
    plan,
    recomputed: (...of) => (of[2].memoryBudget === undefined ? recomputedBy(of[0]) : plan(...of).recomputed),
    get computed() {
      return planned.computed;
    },
  };
}
