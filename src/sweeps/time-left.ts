/** What is still to be trained of a sweep, by what its runs were planned to take and what those before them took. */
import { courseOf, goingOn, hasEnded } from './halving.ts';
import type { SweepRecord, TrialRecord } from './record.ts';

/** Seconds; null where nobody said what its runs were planned to take. Which runs go on is not known: each counts as the mean. */
export function timeLeft(record: SweepRecord): number | null {
  const { costs, trials, sweep } = record;
  if (!costs) return null;
  const { next, alive } = courseOf(record);
  if (next === null) return 0;
  const planned = (index: number, from: number, until: number): number => {
    const { steps, seconds } = costs[index]!;
    return (seconds * Math.max(0, Math.min(until, steps) - from)) / Math.max(1, steps);
  };
  const stops = [...(sweep.halving?.rungs ?? []), Number.POSITIVE_INFINITY];
  const rung = next.until === null ? stops.length - 1 : stops.indexOf(next.until);
  const open = alive.filter((index) => !hasEnded(trials[index]!) && trials[index]!.legs.length <= rung);
  let seconds = sum(open.map((index) => planned(index, stepOf(trials[index]!), stops[rung]!)));
  let count = alive.length;
  for (let later = rung + 1; later < stops.length; later++) {
    count = goingOn(count, sweep.halving!);
    const live = alive.filter((index) => !hasEnded(trials[index]!));
    const parts = sum(live.map((index) => planned(index, stops[later - 1]!, stops[later]!)));
    seconds += (parts * count) / alive.length;
  }
  return seconds * pace(trials, planned);
}

const stepOf = ({ legs }: TrialRecord): number => legs.at(-1)?.step ?? 0;

/** What was trained took so many times as long as it was planned to. */
function pace(trials: readonly TrialRecord[], planned: (index: number, from: number, until: number) => number): number {
  const [took, expected] = [
    sum(trials.map(secondsOf)),
    sum(trials.map((trial, index) => planned(index, 0, stepOf(trial)))),
  ];
  return expected > 0 ? took / expected : 1;
}

const secondsOf = ({ legs }: TrialRecord): number => sum(legs.map(({ seconds }) => seconds));

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
