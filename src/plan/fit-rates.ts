import { secondsOf } from './rates.ts';

/** How long some work took. */
export interface Observation<K extends string> {
  readonly work: Readonly<Record<K, number>>;
  readonly seconds: number;
}

/**
 * How much one observation's relative error weighs against a rate that is off its assumed share by as much. Small, so
 * that two graphs of different kinds already pull the rates apart; above zero, so that kinds that no observation tells
 * apart keep their assumed ratio.
 */
const trustInRatios = 0.03;
/** Relative errors beyond this count by their size and no longer by its square. */
const ordinaryError = 0.15;
/** Observations much shorter than the longest say little about what is waited for. */
const shortShare = 0.05;
const rounds = 12;
const sweeps = 60;

/**
 * Rates that make the work of the observations last as long as it did: non-negative least squares on relative errors,
 * robust (iteratively reweighted, Huber), drawn to the assumed rates times one factor, which is the weighted median of
 * measured over assumed. With one observation that factor is all that changes; with none the assumed rates stay.
 */
export function fitRates<K extends string>(
  observations: readonly Observation<K>[],
  assumed: Readonly<Record<K, number>>,
): Readonly<Record<K, number>> {
  const kinds = Object.keys(assumed) as K[];
  const usable = observations.filter(({ work, seconds }) => seconds > 0 && secondsOf(work, assumed) > 0);
  if (usable.length === 0) return assumed;
  const longest = Math.max(...usable.map(({ seconds }) => seconds));
  const trust = usable.map(({ seconds }) => seconds / (seconds + shortShare * longest));
  const scale = weightedMedian(
    usable.map(({ work, seconds }) => seconds / secondsOf(work, assumed)),
    trust,
  );
  /** Of what was measured, the share that each kind is assumed to take at that scale. */
  const shares = usable.map(({ work, seconds }) => kinds.map((kind) => (scale * assumed[kind] * work[kind]) / seconds));
  const factors = kinds.map(() => 1);
  for (let round = 0; round < rounds; round++) {
    const weights = shares.map((row, index) => trust[index]! * huber(dot(row, factors) - 1));
    descend(shares, weights, factors);
  }
  return Object.fromEntries(kinds.map((kind, index) => [kind, scale * assumed[kind] * factors[index]!])) as Record<
    K,
    number
  >;
}

/** Coordinate descent on Σ weight · (shares · factors − 1)² + trustInRatios · Σ (factor − 1)², factors ≥ 0, in place. */
function descend(shares: readonly (readonly number[])[], weights: readonly number[], factors: number[]): void {
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const place of factors.keys()) {
      let [slope, curvature] = [trustInRatios, trustInRatios];
      for (const [index, row] of shares.entries()) {
        const own = row[place]!;
        const rest = dot(row, factors) - own * factors[place]!;
        slope += weights[index]! * own * (1 - rest);
        curvature += weights[index]! * own * own;
      }
      factors[place] = Math.max(0, slope / curvature);
    }
}

const huber = (error: number): number => Math.min(1, ordinaryError / Math.abs(error || ordinaryError));

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * b[index]!, 0);

function weightedMedian(values: readonly number[], weights: readonly number[]): number {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  let passed = 0;
  for (const place of order) {
    passed += weights[place]!;
    if (passed >= half) return values[place]!;
  }
  return values[order.at(-1)!]!;
}
