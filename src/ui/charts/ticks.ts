/** An axis of values: its two ends and its marks, which begin and end it on a linear axis. */
export interface ValueAxis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** What divisions of binary fractions may be off by. */
const dust = 1e-9;

/** Share of their size by which equal figures of single precision may differ; their marks would read alike. */
const rounding = 1e-6;

/** The smallest of 1, 2 and 5 times a power of ten that is not below `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((nice) => nice * power >= least * (1 - dust)) ?? 10;
  return exact(factor * power);
}

/** Evenly placed marks within [from, to]: multiples of one nice step, at most `most` intervals. Steps are whole numbers. */
export function stepTicks(from: number, to: number, most: number): number[] {
  const step = Math.max(1, niceStep((to - from) / Math.max(1, most)));
  return multiples(Math.ceil(from / step), Math.floor(to / step), step);
}

/** A linear axis that holds all values, from one nice number to another, in at most about `most` even intervals. */
export function linearAxis(least: number, greatest: number, most: number): ValueAxis {
  // Values that are equal, or differ by the rounding of their last bits alone, would leave no room between the ends.
  const size = Math.max(Math.abs(least), Math.abs(greatest));
  const room = greatest - least > rounding * size ? 0 : size / 2 || 0.5;
  const step = niceStep((greatest + room - (least - room)) / most);
  const ticks = multiples(Math.floor((least - room) / step + dust), Math.ceil((greatest + room) / step - dust), step);
  return { domain: [ticks[0]!, ticks.at(-1)!], ticks };
}

/**
 * A logarithmic axis that holds all values, which are above 0: marks at 1, 2 and 5 times the powers of ten, or at every
 * so many powers where those would be more than `most` intervals.
 */
export function logarithmicAxis(least: number, greatest: number, most: number): ValueAxis {
  let low = 3 * Math.floor(Math.log10(least)) - 1;
  while (niceNumber(low + 1) <= least) low++;
  let high = low;
  while (niceNumber(high) < greatest) high++;
  if (low === high) [low, high] = [low - 1, high + 1];
  const domain = [niceNumber(low), niceNumber(high)] as const;
  if (high - low <= most) return { domain, ticks: range(low, high).map(niceNumber) };
  const [first, last] = [Math.ceil(low / 3), Math.floor(high / 3)];
  const every = Math.max(1, Math.ceil((last - first) / most));
  return {
    domain,
    ticks: range(Math.ceil(first / every), Math.floor(last / every)).map((n) => niceNumber(3 * n * every)),
  };
}

/** 1, 2, 5, 10, 20 … by their place: `niceNumber(0)` is 1. */
const niceNumber = (place: number): number => {
  const power = Math.floor(place / 3);
  return exact([1, 2, 5][place - 3 * power]! * 10 ** power);
};

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

const multiples = (from: number, to: number, step: number): number[] =>
  range(from, to).map((times) => exact(times * step));

/** Without the dust of binary fractions, which a label would show; and no −0. */
const exact = (value: number): number => Number(value.toPrecision(12)) + 0;

/** A mark as text, written as its neighbours on the axis are: with a power of ten where any is very small or large. */
export function tickText(value: number, ticks: readonly number[]): string {
  if (value === 0) return '0';
  const sizes = ticks.map(Math.abs).filter((size) => size > 0);
  const [least, greatest] = [Math.min(...sizes), Math.max(...sizes)];
  const inPowers = least < 1e-4 || greatest < 1e-2 || greatest >= 1e6;
  return inPowers ? value.toExponential().replace('e+', 'e') : String(value);
}
