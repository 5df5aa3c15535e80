/** What held-out rows say of a classifier or a regression. */
import type { Batch } from '../data/batches.ts';
import type { Problem } from '../models/head-kinds.ts';
import type { Model } from '../models/model.ts';
import { commonest, comparedRows, type HeldOut, macroF1 } from './held-out.ts';
import type { LogitsOf } from './objective.ts';
import { batchPredictions, indexOfLargest, type Prediction, predictionScores, probabilities } from './scores.ts';

export function heldOutPredictions(
  model: Model,
  batches: readonly Batch[],
  tuned: LogitsOf,
  base: LogitsOf | null,
): HeldOut {
  const { problem } = model.classifier!;
  const after = batchPredictions(model, batches, tuned);
  const before = base && batchPredictions(model, batches, base);
  return problem === 'regression' ? numbers(problem, after, before) : classes(problem, after, before);
}

/** The classes of a row as one text. */
const wantedOf = ({ label, values }: Prediction): string => (values ? Array.from(values).join() : String(label));

function givenOf(problem: Problem, { logits, values }: Prediction): string {
  const chances = probabilities(problem, logits);
  return values ? chances.map((chance) => (chance > 0.5 ? 1 : 0)).join() : String(indexOfLargest(chances));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function classes(problem: Problem, after: readonly Prediction[], before: readonly Prediction[] | null): HeldOut {
  const wanted = after.map(wantedOf);
  const rightOf = (given: readonly (string | undefined)[]) => given.map((each, row) => (each === wanted[row] ? 1 : 0));
  const [now, then] = [after, before].map((side) => side?.map((each) => givenOf(problem, each)) ?? null);
  const usual = commonest(wanted);
  const blind = rightOf(wanted.map(() => usual));
  const [tuned, base] = [rightOf(now!), then ? rightOf(then) : null];
  return {
    metric: 'accuracy',
    rows: wanted.length,
    tuned: mean(tuned),
    base: base && mean(base),
    blind: mean(blind),
    ...comparedRows({ tuned, base, blind }),
    more: { macroF1: macroF1(wanted, now!) },
    baseMore: then ? { macroF1: macroF1(wanted, then) } : {},
  };
}

function numbers(problem: Problem, after: readonly Prediction[], before: readonly Prediction[] | null): HeldOut {
  const wanted = after.map(({ values }) => values![0]!);
  const centre = mean(wanted);
  const spread = mean(wanted.map((value) => (value - centre) ** 2)) || 1;
  // Between 0 and 1, so that one row far off counts as one row.
  const closeness = (given: readonly number[]) =>
    given.map((value, row) => 1 / (1 + (value - wanted[row]!) ** 2 / spread));
  const scoresOf = (side: readonly Prediction[]) =>
    predictionScores(problem, side) as { mse: number; r2: number | null };
  const closenessOf = (side: readonly Prediction[]) => closeness(side.map(({ logits }) => logits[0]!));
  const [now, then] = [scoresOf(after), before && scoresOf(before)];
  return {
    metric: 'r2',
    rows: wanted.length,
    tuned: now.r2 ?? 0,
    base: then && (then.r2 ?? 0),
    // All rows of one number: nothing could be better than always saying it.
    blind: now.r2 === null ? 1 : 0,
    ...comparedRows({
      tuned: closenessOf(after),
      base: before && closenessOf(before),
      blind: closeness(wanted.map(() => centre)),
    }),
    more: { mse: now.mse },
    baseMore: then ? { mse: then.mse } : {},
  };
}
