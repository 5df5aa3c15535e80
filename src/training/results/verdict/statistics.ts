/** How sure a count is. */
import type { Share } from './verdict.ts';

/** Of the standard normal distribution, for 95%. */
const z = 1.96;

/** Wilson's score interval of a share of `rows` (Wilson 1927). */
export function wilson(value: number, rows: number): Share {
  const scale = 1 + z ** 2 / rows;
  const centre = (value + z ** 2 / (2 * rows)) / scale;
  const half = (z / scale) * Math.sqrt((value * (1 - value)) / rows + z ** 2 / (4 * rows ** 2));
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** The chance that at least `wins` of `wins + losses` fair coins show heads: one-sided sign test. */
export function signTest(wins: number, losses: number): number {
  const count = wins + losses;
  let [chance, logTerm] = [0, -count * Math.LN2];
  for (let heads = count; heads >= wins; heads--) {
    chance += Math.exp(logTerm);
    logTerm += Math.log(heads) - Math.log(count - heads + 1);
  }
  return Math.min(1, chance);
}
