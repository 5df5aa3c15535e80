/** Which runs a sweep makes. Pure: the same sweep gives the same runs. */
import { randomSource } from '../data/shuffle.ts';
import { AppError, because } from '../errors.ts';
import { isRange, mostTrials, type Range, type Sweep, type Trial, type Tried } from './sweep.ts';
import { settingAt } from './swept-keys.ts';

/**
 * The runs in the order in which they are made. Of a grid the last setting changes fastest; what is drawn at random depends
 * on the seed alone, so that a sweep of more runs begins with the same ones. No two are alike.
 * @throws AppError 'sweep-too-large' for more runs than are made, 'sweep-invalid' for more than there are different ones
 */
export function trialsOf(sweep: Sweep): Trial[] {
  return sweep.search === 'grid' ? gridTrials(sweep) : randomTrials(sweep);
}

function gridTrials({ settings: tried }: Sweep): Trial[] {
  const keys = Object.keys(tried);
  const values = keys.map((key) => gridValues(key, tried[key]!));
  const count = values.reduce((product, each) => product * each.length, 1);
  requireFew(count);
  return Array.from({ length: count }, (_, index) => {
    let rest = index;
    const places = values.map(() => 0);
    for (let at = keys.length - 1; at >= 0; at--) {
      places[at] = rest % values[at]!.length;
      rest = Math.floor(rest / values[at]!.length);
    }
    return Object.fromEntries(keys.map((key, at) => [key, values[at]![places[at]!]]));
  });
}

function randomTrials({ settings: tried, trials, seed }: Sweep): Trial[] {
  const wanted = trials ?? 0;
  requireFew(wanted);
  const keys = Object.keys(tried);
  const requireDifferent = (different: number) => {
    if (wanted <= different) return;
    throw new AppError('sweep-invalid', { key: 'trials', reason: because`there are only ${different} different runs` });
  };
  requireDifferent(keys.reduce((product, key) => product * countOf(key, tried[key]!), 1));
  const next = randomSource(seed, drawing);
  const drawn: Trial[] = [];
  const known = new Set<string>();
  for (let again = 0; drawn.length < wanted; again++) {
    // Numbers of a narrow range are few, since they have few digits.
    if (again > mostAgain) requireDifferent(drawn.length);
    const trial = Object.fromEntries(keys.map((key) => [key, drawnValue(key, tried[key]!, next() / 2 ** 32)]));
    const name = JSON.stringify(trial);
    if (known.has(name)) continue;
    known.add(name);
    drawn.push(trial);
    again = 0;
  }
  return drawn;
}

/** So many draws without a new run say that there is none: the rarest of 200 comes once in some thousands. */
const mostAgain = 100_000;

/** The stream of the seed that settings are drawn from: rows and weights have others. */
const drawing = 0x5eed;

function requireFew(count: number): void {
  if (count > mostTrials) throw new AppError('sweep-too-large', { count, most: mostTrials });
}

const isWhole = (key: string): boolean => settingAt(key)?.integer === true;

/** How many different values there are to draw. */
function countOf(key: string, tried: Tried): number {
  if (!isRange(tried)) return tried.length;
  if (tried.from === tried.to) return 1;
  return isWhole(key) ? Math.floor(tried.to) - Math.ceil(tried.from) + 1 : Number.POSITIVE_INFINITY;
}

/** Evenly spaced, both ends included; of whole numbers those that rounding leaves different. */
function gridValues(key: string, tried: Tried): readonly unknown[] {
  if (!isRange(tried)) return tried;
  const { from, to } = tried;
  const count = tried.count ?? 1;
  const spaced = Array.from({ length: count }, (_, index) => {
    if (index === 0) return from;
    if (index === count - 1) return to;
    return between(key, tried, index / (count - 1));
  });
  return [...new Set(spaced)];
}

/** @param share uniform in [0, 1) */
function drawnValue(key: string, tried: Tried, share: number): unknown {
  if (!isRange(tried)) return tried[Math.floor(share * tried.length)];
  // Each whole number is as likely as every other, the ends included.
  if (isWhole(key) && tried.scale === 'linear') {
    const first = Math.ceil(tried.from);
    return first + Math.floor(share * (Math.floor(tried.to) - first + 1));
  }
  return between(key, tried, share);
}

/** Digits that a number of a range has: what is shown of it is what was trained with. */
const digits = 4;

/** The number at a share of the way, on the range's scale. */
function between(key: string, { from, to, scale }: Range, share: number): number {
  const exact = scale === 'log' ? from * (to / from) ** share : from + share * (to - from);
  const rounded = isWhole(key) ? Math.round(exact) : Number(exact.toPrecision(digits));
  return Math.min(to, Math.max(from, rounded));
}
