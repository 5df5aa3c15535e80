import type { RunConfig } from '../config/run-config.ts';

export interface Schedule {
  readonly kind: RunConfig['training']['schedule'];
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** The factor never falls below this after the warm-up (H2O: min_learning_rate_ratio). */
  readonly minimum: number;
}

/**
 * Factor on the learning rate of update `step`, counted from 0, as transformers' get_scheduler has it: warm-up
 * t/max(1, W), so the first warm-up update has factor 0; then linear (T−t)/max(1, T−W) or cosine ½(1+cos πp) with
 * p = (t−W)/max(1, T−W). `minimum` rescales what follows the warm-up to [minimum, 1].
 */
export function learningRateFactor({ kind, warmupSteps, totalSteps, minimum }: Schedule, step: number): number {
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  if (kind === 'Constant') return 1;
  const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  const falling = kind === 'Linear' ? Math.max(0, 1 - progress) : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
  return minimum + (1 - minimum) * falling;
}

/** The schedule of a run of so many updates. */
export const scheduleOf = (training: RunConfig['training'], stepsPerEpoch: number, steps: number): Schedule => ({
  kind: training.schedule,
  warmupSteps: warmupSteps(training, stepsPerEpoch, steps),
  totalSteps: steps,
  minimum: training.min_learning_rate_ratio,
});

/** The factor on the learning rate of one update, counted from 1 as a run tells it. */
export interface SchedulePoint {
  readonly step: number;
  readonly factor: number;
}

/** Updates whose factors are told: enough to draw them. */
const mostDrawn = 200;

/** Factors along a schedule, its ends and those of the warm-up among them; none of a run without updates. */
export function drawnSchedule(schedule: Schedule): SchedulePoint[] {
  const { totalSteps, warmupSteps } = schedule;
  const count = Math.min(totalSteps, mostDrawn);
  const even = Array.from({ length: count }, (_, index) =>
    Math.round((index * (totalSteps - 1)) / Math.max(1, count - 1)),
  );
  const turns = [warmupSteps - 1, warmupSteps, warmupSteps + 1].filter((step) => step >= 0 && step < totalSteps);
  const steps = [...new Set([...even, ...turns])].sort((a, b) => a - b);
  return steps.map((step) => ({ step: step + 1, factor: learningRateFactor(schedule, step) }));
}

/** Updates between two evaluations. */
export const evaluationSteps = ({ evaluation_epochs }: RunConfig['training'], stepsPerEpoch: number): number =>
  Math.max(1, Math.round(evaluation_epochs * stepsPerEpoch));

/** Updates of warm-up: `warmup_steps` where it is given, else the ratio of all updates, else epochs (rounded up). */
export function warmupSteps(training: RunConfig['training'], stepsPerEpoch: number, totalSteps: number): number {
  if (training.warmup_steps > 0) return training.warmup_steps;
  if (training.warmup_ratio > 0) return Math.ceil(totalSteps * training.warmup_ratio);
  return Math.ceil(training.warmup_epochs * stepsPerEpoch);
}

/** Updates of a whole run: `max_steps` where it is given, else epochs, a part of an epoch rounded up. */
export function totalSteps(training: RunConfig['training'], stepsPerEpoch: number): number {
  return training.max_steps > 0 ? training.max_steps : Math.ceil(training.epochs * stepsPerEpoch);
}

/**
 * The `hyper` input of the update program, f32 [4]: learning rate, 1−β₁ᵗ, 1−β₂ᵗ with t = step + 1, largest norm or 0.
 * The powers are taken in f64, as PyTorch takes them.
 */
export function updateHyper(
  training: RunConfig['training'],
  schedule: Schedule,
  step: number,
): Float32Array<ArrayBuffer> {
  const { learning_rate, adam_beta1, adam_beta2, gradient_clip } = training;
  const correction = (beta: number): number => 1 - beta ** (step + 1);
  const rate = learning_rate * learningRateFactor(schedule, step);
  return Float32Array.of(rate, correction(adam_beta1), correction(adam_beta2), gradient_clip);
}
