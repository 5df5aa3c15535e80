/** How good a classifier's or a regression's predictions are; definitions of scikit-learn. */
import type { Batch } from '../data/batches.ts';
import { maskedLabel } from '../data/examples.ts';
import type { Problem } from '../models/head-kinds.ts';
import type { Model } from '../models/model.ts';

/** The scores of an evaluation, by name; null where one is not defined. */
export type Scores = Readonly<Record<string, number | null>>;

/** Names of scores that are given together; the first is always defined. */
export type ScoreSet = readonly [always: string, ...others: string[]];

export const classScores: ScoreSet = ['accuracy', 'auc', 'logLoss'];
export const valueScores: ScoreSet = ['mse', 'r2'];

/** Of classes: accuracy, AUC, log loss. Of numbers: mean squared error and R². Null where a score is not defined. */
export type PredictionScores =
  | { readonly accuracy: number; readonly auc: number | null; readonly logLoss: number }
  | { readonly mse: number; readonly r2: number | null };

/** What a model gave for one text, and what was wanted. */
export interface Prediction {
  readonly logits: ArrayLike<number>;
  readonly label: number;
  /** Of several labels a row, or a regression: what was wanted of each output. */
  readonly values?: ArrayLike<number> | undefined;
}

/** The probability of each class: softmax, or of each label for itself (sigmoid) where a row may have several. */
export function probabilities(problem: Problem, logits: ArrayLike<number>): number[] {
  const z = Array.from(logits);
  if (problem === 'multi_label_classification') return z.map((value) => 1 / (1 + Math.exp(-value)));
  const largest = z.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const exponentials = z.map((value) => Math.exp(value - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

export function predictionScores(problem: Problem, predictions: readonly Prediction[]): PredictionScores {
  if (problem === 'regression') return numberScores(predictions);
  const chances = predictions.map(({ logits }) => probabilities(problem, logits));
  const outputs = chances[0]!.length;
  const wanted = predictions.map(({ label, values }) =>
    Array.from({ length: outputs }, (_, index) => (values ? values[index]! : index === label ? 1 : 0)),
  );
  const isRight = (row: number): boolean =>
    problem === 'multi_label_classification'
      ? wanted[row]!.every((value, index) => value === (chances[row]![index]! > 0.5 ? 1 : 0))
      : wanted[row]![indexOfLargest(chances[row]!)] === 1;
  return {
    accuracy: mean(predictions.map((_, row) => (isRight(row) ? 1 : 0))),
    auc: macroAuc(chances, wanted),
    logLoss: mean(chances.map((row, index) => lossOfRow(problem, row, wanted[index]!))),
  };
}

/** The scores of what a model gave for each batch, in the order of the batches' labels. */
export const batchScores = (
  model: Model,
  batches: readonly Batch[],
  logitsOf: (index: number) => Float32Array,
): PredictionScores => predictionScores(model.classifier!.problem, batchPredictions(model, batches, logitsOf));

/** What a model gave for each text of each batch, beside what was wanted. */
export function batchPredictions(
  { classifier }: Model,
  batches: readonly Batch[],
  logitsOf: (index: number) => Float32Array,
): Prediction[] {
  const { outputs } = classifier!;
  return batches.flatMap(({ labels, targets }, index): Prediction[] => {
    const logits = logitsOf(index);
    return [...labels.filter((label) => label !== maskedLabel)].map((label, row) => ({
      logits: logits.subarray(row * outputs, (row + 1) * outputs),
      label,
      values: targets?.subarray(row * outputs, (row + 1) * outputs),
    }));
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const indexOfLargest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((best, value, index, all) => (value > all[best]! ? index : best), 0);

/** Where a probability rounds to 0, what is missed is counted as this much. */
const least = 1e-15;

/** −log of the wanted class; with several labels the mean over them of each one's cross-entropy. */
function lossOfRow(problem: Problem, chances: readonly number[], wanted: readonly number[]): number {
  const cost = (chance: number): number => -Math.log(Math.max(least, chance));
  if (problem !== 'multi_label_classification') return cost(chances[wanted.indexOf(1)]!);
  return mean(chances.map((chance, index) => (wanted[index] === 1 ? cost(chance) : cost(1 - chance))));
}

/** The mean of each class's area against all others, over the classes that have rows on both sides; null without any. */
function macroAuc(chances: readonly (readonly number[])[], wanted: readonly (readonly number[])[]): number | null {
  const areas = chances[0]!.flatMap((_, index) => {
    const area = areaUnderRoc(
      chances.map((row) => row[index]!),
      wanted.map((row) => row[index]! === 1),
    );
    return area === null ? [] : [area];
  });
  return areas.length === 0 ? null : mean(areas);
}

/** The share of pairs, one row of the class and one that is not, that the scores put in order; a tie counts half. */
export function areaUnderRoc(scores: readonly number[], positive: readonly boolean[]): number | null {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  const ranks = new Float64Array(scores.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  const count = positive.filter(Boolean).length;
  const pairs = count * (scores.length - count);
  const sum = ranks.reduce((total, rank, index) => total + (positive[index] ? rank : 0), 0);
  return pairs === 0 ? null : (sum - (count * (count + 1)) / 2) / pairs;
}

/** R² is 1 − the squared errors over those of always giving the mean. */
function numberScores(predictions: readonly Prediction[]): PredictionScores {
  const outputs = predictions[0]!.logits.length;
  const errors = predictions.flatMap(({ logits, values }) =>
    Array.from({ length: outputs }, (_, index) => (logits[index]! - values![index]!) ** 2),
  );
  const wanted = predictions.map(({ values }) => values![0]!);
  const centre = mean(wanted);
  const spread = mean(wanted.map((value) => (value - centre) ** 2));
  const mse = mean(errors);
  return { mse, r2: spread === 0 ? null : 1 - mse / spread };
}
