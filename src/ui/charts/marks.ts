import type { StepMetrics } from '../../worker/protocol.ts';
import { niceStep } from './ticks.ts';

/** Where an epoch ended. */
export interface EpochMark {
  readonly step: number;
  readonly epoch: number;
}

export interface BestStep {
  readonly step: number;
  readonly loss: number;
}

/** The steps of a run that are shown, both ends included. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** The first index whose metrics are not before what `isBefore` says; `metrics` are in order of steps. */
export function firstIndex(metrics: readonly StepMetrics[], isBefore: (metrics: StepMetrics) => boolean): number {
  let [low, high] = [0, metrics.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(metrics[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The ends of epochs in a range of steps, so far apart that at most `most` would fill it: every one, or every second,
 * fifth, tenth … The search halves, so that a long run costs no more than a short one.
 */
export function epochMarks(metrics: readonly StepMetrics[], { from, to }: StepRange, most: number): EpochMark[] {
  const first = metrics[firstIndex(metrics, ({ step }) => step < from)];
  const last = metrics[firstIndex(metrics, ({ step }) => step <= to) - 1];
  if (!first || !last || last.epoch <= first.epoch) return [];
  const aStep = (last.epoch - first.epoch) / (last.step - first.step);
  const every = Math.max(1, niceStep(((to - from) / most) * aStep));
  const marks: EpochMark[] = [];
  for (let epoch = Math.max(1, Math.ceil(first.epoch / every)) * every; epoch <= last.epoch + near; epoch += every) {
    const { step } = metrics[firstIndex(metrics, (at) => at.epoch < epoch - near)]!;
    if (step >= from && step <= to) marks.push({ step, epoch });
  }
  return marks;
}

/** An epoch is a sum of parts, which may miss the whole by a rounding. */
const near = 1e-6;

/** Where validation was lowest, the first such step, as a run keeps its best weights; null before two evaluations. */
export function bestStep(metrics: readonly StepMetrics[]): BestStep | null {
  let best: BestStep | null = null;
  let evaluations = 0;
  // A plain loop: a run may have 100,000 steps, and this is done while the page is in use.
  for (let index = 0; index < metrics.length; index++) {
    const { evalLoss } = metrics[index]!;
    if (evalLoss === undefined || !Number.isFinite(evalLoss)) continue;
    evaluations++;
    if (best === null || evalLoss < best.loss) best = { step: metrics[index]!.step, loss: evalLoss };
  }
  return evaluations > 1 ? best : null;
}

/**
 * The step that the axis of a growing run ends at: somewhat beyond its newest one, so that the axis seldom changes and
 * all charts of a run share it.
 */
export function growingEnd(newest: number, totalSteps: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, newest)));
  const end = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((nice) => nice * power).find((step) => step >= newest)!;
  return Math.max(newest, Math.min(Math.max(10, Math.ceil(end)), totalSteps || Number.POSITIVE_INFINITY));
}
