/** Which run is trained next, and how far. Pure: what was trained so far decides, so a sweep can be broken off anywhere. */
import type { SweepRecord, TrialRecord } from './record.ts';
import type { Halving } from './sweep.ts';

/** One run, up to so many updates in all; null: to its end. */
export interface Leg {
  readonly trial: number;
  readonly until: number | null;
}

/** What became of a run, or is to. */
export type TrialState =
  | 'waiting'
  /** Trained so far, and to be compared at the next rung, or chosen to go on. */
  | 'under-way'
  /** Not among the best at a rung. */
  | 'dropped'
  | 'finished'
  | 'failed';

export interface SweepCourse {
  /** Null where all that is to be trained is. */
  readonly next: Leg | null;
  /** Those that come as far as `next` does, or have ended on the way; in the end those that no rung dropped. */
  readonly alive: readonly number[];
  /** Of each run. */
  readonly states: readonly TrialState[];
  /** The best of those that came to their end, else of those that were scored; null where none was. */
  readonly best: number | null;
}

const lower: ReadonlySet<string> = new Set(['validation_loss', 'mse', 'logLoss']);

/** Of a score by its name; before one is known nothing is compared. */
export const isLowerBetter = (name: string | null): boolean => name === null || lower.has(name);

/** Where a sweep stands. */
export function courseOf({ sweep, trials, scoreName }: SweepRecord): SweepCourse {
  const lowerIsBetter = isLowerBetter(scoreName);
  const stops = [...(sweep.halving?.rungs ?? []), null];
  const dropped = new Set<number>();
  let alive = trials.map((_, index) => index);
  let next: Leg | null = null;
  for (const [rung, until] of stops.entries()) {
    const open = alive.find((index) => !hasEnded(trials[index]!) && trials[index]!.legs.length <= rung);
    if (open !== undefined) {
      next = { trial: open, until };
      break;
    }
    if (until === null) break;
    const kept = new Set(chosen(alive, (index) => scoreAt(trials[index]!, rung), sweep.halving!, lowerIsBetter));
    for (const index of alive) if (!kept.has(index)) dropped.add(index);
    alive = alive.filter((index) => kept.has(index));
  }
  return {
    next,
    alive,
    states: trials.map((trial, index) => stateOf(trial, dropped.has(index))),
    best: bestOf(trials, lowerIsBetter),
  };
}

/**
 * Those that go on, the best first: the share that halving keeps, rounded, at least one. A run without a score is worse
 * than every other; of equal ones the earlier goes on.
 */
export function chosen(
  alive: readonly number[],
  scoreOf: (index: number) => number | null,
  { keep }: Pick<Halving, 'keep'>,
  lowerIsBetter: boolean,
): number[] {
  return ranked(alive, scoreOf, lowerIsBetter).slice(0, goingOn(alive.length, { keep }));
}

/** How many of so many go on. */
export const goingOn = (count: number, { keep }: Pick<Halving, 'keep'>): number =>
  Math.max(1, Math.round(keep * count));

/** The best first; `sort` leaves equal ones in their order. */
function ranked(indices: readonly number[], scoreOf: (index: number) => number | null, lowerIsBetter: boolean) {
  const cost = (index: number): number => {
    const score = scoreOf(index);
    if (score === null || Number.isNaN(score)) return Number.POSITIVE_INFINITY;
    return lowerIsBetter ? score : -score;
  };
  // Not by difference: of two that are infinite it is no number.
  return [...indices].sort((a, b) => (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : 0));
}

/** Whether a run has come to its end, good or bad: nothing more is trained of it. */
export const hasEnded = ({ legs }: TrialRecord): boolean => legs.at(-1) !== undefined && legs.at(-1)!.end !== 'rung';

/** Of a run that ended before a rung its last score counts there, too. */
const scoreAt = ({ legs }: TrialRecord, rung: number): number | null => (legs[rung] ?? legs.at(-1))?.score ?? null;

/** The score that a run has come to. */
export const scoreOf = ({ legs }: TrialRecord): number | null => legs.at(-1)?.score ?? null;

function stateOf(trial: TrialRecord, dropped: boolean): TrialState {
  const last = trial.legs.at(-1);
  if (last?.end === 'failed') return 'failed';
  if (hasEnded(trial)) return 'finished';
  if (dropped) return 'dropped';
  return last === undefined && trial.run === null ? 'waiting' : 'under-way';
}

function bestOf(trials: readonly TrialRecord[], lowerIsBetter: boolean): number | null {
  const scored = trials.flatMap((trial, index) => (scoreOf(trial) === null ? [] : [index]));
  const ended = scored.filter((index) => hasEnded(trials[index]!));
  return ranked(ended.length > 0 ? ended : scored, (index) => scoreOf(trials[index]!), lowerIsBetter)[0] ?? null;
}
