import type { StepMetrics } from '../../worker/protocol.ts';
import { firstIndex, type StepRange } from './marks.ts';

/** One place on the step axis, with what is drawn there. */
export interface ChartPoint {
  readonly step: number;
  readonly raw: number | null;
  readonly smooth: number | null;
  readonly validation: number | null;
}

/** What of an evaluation belongs to a series: its loss, or a score. */
export type Evaluated = (metrics: StepMetrics) => number | null | undefined;

export const maxPoints = 300;
const validationPoints = 60;

/**
 * Exponential moving average, corrected for its start as Adam's moments are: the first value stands for itself.
 * `weight` is the share that the past keeps. What is no number, such as the loss before the first step, is a gap.
 */
export function smoothed(values: ArrayLike<number>, weight: number): Float64Array {
  const result = new Float64Array(values.length);
  let sum = 0;
  let norm = 0;
  for (let index = 0; index < result.length; index++) {
    if (!Number.isFinite(values[index])) {
      result[index] = Number.NaN;
      continue;
    }
    sum = weight * sum + (1 - weight) * values[index]!;
    norm = weight * norm + (1 - weight);
    result[index] = sum / norm;
  }
  return result;
}

/**
 * Indices of at most `limit` of `count` values so that no peak is lost: from each of `limit / 2` equal stretches the
 * lowest and the highest; the first and the last value are always there.
 */
export function minMaxIndices(values: ArrayLike<number>, limit: number): number[] {
  const count = values.length;
  if (count <= limit) return Array.from({ length: count }, (_, index) => index);
  const buckets = Math.floor((limit - 2) / 2);
  const chosen = new Set([0, count - 1]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * count) / buckets);
    const to = Math.floor(((bucket + 1) * count) / buckets);
    let low = from;
    let high = from;
    for (let index = from + 1; index < to; index++) {
      if (values[index]! < values[low]!) low = index;
      if (values[index]! > values[high]!) high = index;
    }
    chosen.add(low).add(high);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Every so many steps (`logging_steps`), the last, and those that were evaluated. */
export const loggedSteps = (metrics: readonly StepMetrics[], every: number): readonly StepMetrics[] =>
  every === 1
    ? metrics
    : metrics.filter(
        ({ step, evalLoss }, index) => step % every === 0 || evalLoss !== undefined || index === metrics.length - 1,
      );

/** One value at every step of a run, with its smoothed curve: what any range of it is drawn from. */
export interface Series {
  readonly metrics: readonly StepMetrics[];
  readonly values: Float64Array;
  readonly curve: Float64Array | null;
}

export function seriesOf(
  metrics: readonly StepMetrics[],
  value: (metrics: StepMetrics) => number,
  options: {
    readonly smooth: boolean;
    /** Share that the past keeps in the smoothed curve; default: over about a twentieth of the run. */
    readonly weight?: number | null;
  },
): Series {
  // Plain loops over packed numbers: a run may have 100,000 steps, and this is done while the page is in use.
  const values = new Float64Array(metrics.length);
  for (let index = 0; index < values.length; index++) values[index] = value(metrics[index]!);
  const curve = options.smooth ? smoothed(values, options.weight ?? smoothingFor(values.length)) : null;
  return { metrics, values, curve };
}

/**
 * The points of a chart, at most `maxPoints`, however long the run. Of a range of steps those within it, decimated anew,
 * so that zooming brings back what was left out; and one beyond each end, which the curve leaves the chart through.
 */
export function chartPoints(
  { metrics, values, curve }: Series,
  evaluated: Evaluated | null,
  shown?: StepRange,
): ChartPoint[] {
  const first = shown ? Math.max(0, firstIndex(metrics, ({ step }) => step < shown.from) - 1) : 0;
  const end = shown ? Math.min(values.length, firstIndex(metrics, ({ step }) => step <= shown.to) + 1) : values.length;
  const places: number[] = [];
  if (evaluated)
    for (let index = first; index < end; index++) if (evaluated(metrics[index]!) != null) places.push(index);
  const found = places.map((index) => evaluated!(metrics[index]!)!);
  const marks = minMaxIndices(found, validationPoints).map((at) => places[at]!);
  const within = minMaxIndices(values.subarray(first, end), maxPoints - marks.length).map((index) => first + index);
  const validationAt = new Set(marks);
  return [...new Set([...within, ...marks])]
    .sort((a, b) => a - b)
    .map((index) => ({
      step: metrics[index]!.step,
      raw: finite(values[index]),
      smooth: finite(curve?.[index]),
      validation: validationAt.has(index) ? finite(evaluated!(metrics[index]!)!) : null,
    }));
}

/** Smooths over about a twentieth of the run: 3 steps of a short one, 100 of a long one. */
function smoothingFor(count: number): number {
  const span = Math.min(100, Math.max(3, count / 20));
  return 1 - 1 / span;
}

export const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** What the chart of a series shows at a step; null where it has no such step. */
export function valueAt({ metrics, values, curve }: Series, step: number): number | null {
  const index = firstIndex(metrics, (at) => at.step < step);
  return metrics[index]?.step === step ? finite((curve ?? values)[index]) : null;
}

/** The lowest and the highest value drawn in a range of steps; on a logarithmic axis only what is above 0. */
export function extentOf(
  points: readonly ChartPoint[],
  { from, to }: StepRange,
  logarithmic: boolean,
): readonly [number, number] {
  const drawn = points
    .filter(({ step }) => step >= from && step <= to)
    .flatMap(({ raw, smooth, validation }) => [raw, smooth, validation])
    .filter((value) => value !== null && (!logarithmic || value > 0)) as number[];
  return drawn.length === 0 ? [logarithmic ? 0.1 : 0, 1] : [Math.min(...drawn), Math.max(...drawn)];
}
