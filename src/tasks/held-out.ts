/** What the rows that were held back say of a run's result, beside the model as it was before. */
import type { Scores } from './scores.ts';

/**
 * What they are counted by. `matches`: the share of written answers that say what was expected; `bleu` 0 to 100; `judge`
 * 0 to 10; `preferences`: the share of pairs whose better answer gained on the other; `verdicts`: the share of
 * answers that are told to be good or bad, as they are marked; `found`: the share of texts whose own
 * is the nearest of all; `accuracy`, `words` (of tags) and `f1` 0 to 1; `r2` and `spearman` at most 1; `perplexity`, of which
 * less is better.
 */
export type HeldOutMetric =
  | 'matches'
  | 'bleu'
  | 'judge'
  | 'accuracy'
  | 'words'
  | 'f1'
  | 'r2'
  | 'perplexity'
  | 'preferences'
  | 'verdicts'
  | 'found'
  | 'spearman';

export interface HeldOut {
  readonly metric: HeldOutMetric;
  /** Rows that both sides answered. Plain JSON, as all of this. */
  readonly rows: number;
  readonly tuned: number;
  /** Of the published model; null where it could not be asked. */
  readonly base: number | null;
  /** Of answering every row alike: with the commonest class, or the mean. */
  readonly blind: number;
  /** Rows that the result answers better, and worse, than the base or blind answers: whichever of them is the better. */
  readonly better: number;
  readonly worse: number;
  /** Other scores of the result, such as `macroF1`, and of the base. */
  readonly more: Scores;
  readonly baseMore: Scores;
}

/** Scores of rows that differ by no more are the same. */
const alike = 0.05;

interface Sides {
  readonly tuned: readonly number[];
  readonly base: readonly number[] | null;
  /** Of blind answers; absent where there are none worth the name. */
  readonly blind?: readonly number[];
}

/** Rows that the result answers better, and worse, from each row's score on each side, of which more is better. */
export function comparedRows({ tuned, base, blind }: Sides): Pick<HeldOut, 'better' | 'worse'> {
  const sum = (scores: readonly number[]) => scores.reduce((total, score) => total + score, 0);
  const others = [base, blind ?? null].filter((scores) => scores !== null);
  const other = others.reduce<readonly number[] | null>(
    (best, scores) => (best === null || sum(scores) > sum(best) ? scores : best),
    null,
  );
  const gains = other === null ? [] : tuned.map((score, row) => score - other[row]!);
  return {
    better: gains.filter((gain) => gain > alike).length,
    worse: gains.filter((gain) => gain < -alike).length,
  };
}

/** The mean of F1 over the classes that were wanted or given. */
export function macroF1(wanted: readonly (number | string)[], given: readonly (number | string)[]): number {
  const classes = [...new Set([...wanted, ...given])];
  const scores = classes.map((name) => {
    const right = wanted.filter((each, row) => each === name && given[row] === name).length;
    const counted = wanted.filter((each) => each === name).length + given.filter((each) => each === name).length;
    return (2 * right) / counted;
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** What occurs most often among these. */
export function commonest<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<[T, number] | undefined>(
    (best, entry) => (best === undefined || entry[1] > best[1] ? entry : best),
    undefined,
  )?.[0];
}
