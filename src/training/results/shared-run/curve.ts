/** The course of a run in few characters: what its charts are drawn from. */
import type { StepMetrics } from '../../run/events.ts';

/** Columns of equal length, and evaluations apart; null where a value is no number. */
export interface Curve {
  /** Updates that the run told of; more than there are `steps` where the curve is thinned. */
  readonly of: number;
  readonly steps: readonly number[];
  readonly loss: readonly (number | null)[];
  readonly rate: readonly (number | null)[];
  readonly norm: readonly (number | null)[];
  /** Step and validation loss of each evaluation. */
  readonly evaluated: readonly (readonly [step: number, loss: number | null])[];
  /** Passes over the data, and tokens seen, at the last of the steps. */
  readonly epochs: number | null;
  readonly tokens: number | null;
}

/** Significant digits; as many as the number has where it is left out. */
interface Digits {
  readonly loss?: number;
  readonly others?: number;
}

/** Digits of a curve in a link; two losses are the same in it where they differ by less than 5 in the next digit. */
export const linkDigits = { loss: 7, others: 4 } as const satisfies Digits;

/**
 * @param points at most about so many steps. Of more, each of so many equal stretches gives its lowest and its highest
 * loss; the first and the last step stay, and of up to a quarter as many evaluations each.
 */
export function curveOf(
  metrics: readonly StepMetrics[],
  points = Number.POSITIVE_INFINITY,
  digits: Digits = {},
): Curve {
  // What was told twice, before and after a break, counts as it was told last.
  const told = [...new Map(metrics.map((each) => [each.step, each])).values()].sort((a, b) => a.step - b.step);
  const trained = told.filter(({ step, loss }) => step > 0 && !Number.isNaN(loss));
  const evaluations = told.filter(({ evalLoss }) => evalLoss !== undefined);
  const kept = thinned(trained, points, ({ loss }) => loss);
  const column = (value: (metrics: StepMetrics) => number, figures: number | undefined) =>
    kept.map((each) => rounded(value(each), figures));
  const last = told.at(-1);
  return {
    of: trained.length,
    steps: kept.map(({ step }) => step),
    loss: column(({ loss }) => loss, digits.loss),
    rate: column(({ learningRate }) => learningRate, digits.others),
    norm: column(({ gradNorm }) => gradNorm, digits.others),
    evaluated: thinned(evaluations, points / 4, ({ evalLoss }) => evalLoss!).map(({ step, evalLoss }) => [
      step,
      rounded(evalLoss!, digits.loss),
    ]),
    epochs: last ? rounded(last.epoch, digits.loss) : null,
    tokens: last ? rounded(last.tokens, undefined) : null,
  };
}

/** The steps of a curve; what an epoch and the tokens were at each follows from what they were at the last one. */
export function metricsOf({ steps, loss, rate, norm, evaluated, epochs, tokens }: Curve): StepMetrics[] {
  const evalLosses = new Map(evaluated.map(([step, value]) => [step, value ?? Number.NaN]));
  const all = [...new Set([...steps, ...evalLosses.keys()])].sort((a, b) => a - b);
  const places = new Map(steps.map((step, place) => [step, place]));
  const end = all.at(-1) ?? 1;
  const value = (column: readonly (number | null)[], step: number) => column[places.get(step) ?? -1] ?? Number.NaN;
  return all.map((step) => {
    const evalLoss = evalLosses.get(step);
    return {
      step,
      epoch: epochs === null ? Number.NaN : end === 0 ? 0 : (epochs * step) / end,
      loss: value(loss, step),
      learningRate: value(rate, step),
      gradNorm: value(norm, step),
      tokens: tokens === null ? Number.NaN : end === 0 ? 0 : Math.round((tokens * step) / end),
      ...(evalLoss === undefined ? {} : { evalLoss }),
    };
  });
}

function rounded(value: number, digits: number | undefined): number | null {
  if (!Number.isFinite(value)) return null;
  return digits === undefined ? value : Number(value.toPrecision(digits));
}

function thinned<T>(all: readonly T[], points: number, value: (each: T) => number): readonly T[] {
  if (all.length <= points) return all;
  const stretches = Math.max(1, Math.floor(points / 2) - 1);
  const chosen = new Set([0, all.length - 1]);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * all.length) / stretches);
    const to = Math.floor(((stretch + 1) * all.length) / stretches);
    let [low, high] = [from, from];
    for (let place = from + 1; place < to; place++) {
      if (value(all[place]!) < value(all[low]!)) low = place;
      if (value(all[place]!) > value(all[high]!)) high = place;
    }
    chosen.add(low).add(high);
  }
  return [...chosen].sort((a, b) => a - b).map((place) => all[place]!);
}
