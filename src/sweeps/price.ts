/** What a sweep is to cost, from the plans of its runs, before any begins. */
import { AppError, because } from '../errors.ts';
import type { CompiledKernels } from '../plan/executor.ts';
import type { DeviceProfile } from '../plan/profile.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { evaluationSteps, totalSteps } from '../training/programs/schedule.ts';
import type { RunPlan } from '../training/session/plan-run.ts';
import { runTime } from '../training/session/run-time.ts';
import { stepsPerEpochOf, type TimedRows } from '../training/session/run-work.ts';
import { goingOn } from './halving.ts';
import { requireScore } from './score.ts';
import type { Sweep } from './sweep.ts';

/** One run, were it trained to its end. */
export interface TrialCost {
  readonly steps: number;
  /** Updates between two evaluations. */
  readonly evaluationSteps: number;
  readonly seconds: number;
  /** GPU memory, in bytes. */
  readonly peakBytes: number;
}

export interface SweepPrice {
  readonly runs: number;
  /** Updates of all of them together, as far as halving lets them come. */
  readonly steps: number;
  readonly seconds: number;
  /** Whether earlier runs on the device were measured; else its speed is assumed. */
  readonly measured: boolean;
  /** GPU memory of the run that needs most, in bytes: one trains at a time. */
  readonly peakBytes: number;
  readonly largest: number;
  /** What may be filled; null where it is not known. */
  readonly budget: number | null;
  /** Runs that need more than that. */
  readonly unfit: readonly number[];
}

/** Whoever waits longer than this is told so. */
export const longSeconds = 24 * 3600;

/** @param compiled kernels that need not be compiled any more, such as those of the runs before */
export function trialCost(
  config: RunConfig,
  plan: RunPlan,
  rows: TimedRows,
  profile: DeviceProfile,
  compiled?: CompiledKernels,
): TrialCost {
  const stepsPerEpoch = stepsPerEpochOf(rows.data, config, rows.scale ?? 1);
  return {
    steps: totalSteps(config.training, stepsPerEpoch),
    evaluationSteps: evaluationSteps(config.training, stepsPerEpoch),
    seconds: runTime(plan, config, profile, rows, compiled).total ?? 0,
    peakBytes: plan.step.peakBytes,
  };
}

/**
 * Of runs that halving drops only what comes before is counted. Which they will be nobody knows, so that each counts as the
 * mean of all.
 * @param costs one for each run, at least one
 */
export function priceOf(
  sweep: Sweep,
  costs: readonly TrialCost[],
  { memoryBudget, calibration }: DeviceProfile,
): SweepPrice {
  const stops = [...(sweep.halving?.rungs ?? []), Number.POSITIVE_INFINITY];
  let [steps, seconds, from, alive] = [0, 0, 0, costs.length];
  for (const until of stops) {
    const parts = costs.map((cost) => Math.max(0, Math.min(cost.steps, until) - from));
    const share = alive / costs.length;
    steps += share * sum(parts);
    seconds += share * sum(costs.map((cost, index) => (cost.seconds * parts[index]!) / Math.max(1, cost.steps)));
    if (sweep.halving) alive = goingOn(alive, sweep.halving);
    from = until;
  }
  const largest = costs.reduce((most, { peakBytes }, index) => (peakBytes > costs[most]!.peakBytes ? index : most), 0);
  const budget = memoryBudget ?? null;
  return {
    runs: costs.length,
    steps: Math.round(steps),
    seconds,
    measured: calibration !== undefined,
    peakBytes: costs[largest]!.peakBytes,
    largest,
    budget,
    unfit: costs.flatMap(({ peakBytes }, index) => (budget !== null && peakBytes > budget ? [index] : [])),
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/**
 * Holds that what a sweep compares will be there to compare.
 * @param configs of its runs, in their order
 * @throws AppError 'sweep-invalid' for a rung that no run has been evaluated at or that none comes to, and for runs
 * without the score or without checkpoints to go on from
 */
export function requireComparable(sweep: Sweep, configs: readonly RunConfig[], costs: readonly TrialCost[]): void {
  for (const config of configs) requireScore(sweep.score, config);
  const { halving } = sweep;
  if (!halving) return;
  const key = 'halving.rungs';
  if (configs.some(({ training }) => training.save_checkpoint === 'disable'))
    throw new AppError('sweep-invalid', {
      key: 'halving',
      reason: because`runs go on from a checkpoint, and training.save_checkpoint is disable`,
    });
  const first = halving.rungs[0]!;
  const latest = Math.max(...costs.map((cost) => Math.min(cost.evaluationSteps, cost.steps)));
  if (latest > first)
    throw new AppError('sweep-invalid', {
      key,
      reason: because`${first} comes before the first evaluation of some run, after update ${latest} (training.evaluation_epochs)`,
    });
  const longest = Math.max(...costs.map(({ steps }) => steps));
  const late = halving.rungs.find((rung) => rung >= longest);
  if (late !== undefined)
    throw new AppError('sweep-invalid', {
      key,
      reason: because`no run goes on after ${late}: the longest has ${longest} updates`,
    });
}

/** @throws AppError 'sweep-unfit' where a run needs more memory than there is */
export function requireFit({ unfit, budget, peakBytes, largest }: SweepPrice): void {
  if (unfit.length > 0) throw new AppError('sweep-unfit', { run: largest + 1, bytes: peakBytes, budget: budget ?? 0 });
}
