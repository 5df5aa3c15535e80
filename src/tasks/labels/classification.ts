/** A classifier's answer as it is shown, and how right it is. */

import type { Model } from '../../models/model.ts';
import { percentText } from '../../percent.ts';
import type { Classification } from '../answers.ts';
import { indexOfLargest, type Prediction, predictionScores, probabilities } from '../scores.ts';

/** Logits of a classifier as they are shown. */
export function classification({ classifier }: Model, logits: ArrayLike<number>): Classification {
  const { problem, names } = classifier!;
  if (problem === 'regression') return { classes: [], value: logits[0]! };
  const classes = probabilities(problem, logits).map((chance, index) => ({
    name: names[index] ?? `LABEL_${index}`,
    chance,
  }));
  return { classes, value: null };
}

/** The likeliest class, or the number. */
export function classificationInWords({ classes, value }: Classification): string {
  if (value !== null) return value.toFixed(3);
  const best = classes[indexOfLargest(classes.map(({ chance }) => chance))]!;
  return `${best.name} (${percentText(best.chance, 0)})`;
}

/** The probability of what was wanted; of a number, the error's negative, so that higher is better. */
export function classificationScore({ label, values }: Prediction, { classes, value }: Classification): number {
  if (value !== null) return -Math.abs(value - values![0]!);
  if (!values) return classes[label]!.chance;
  const right = classes.map(({ chance }, index) => (values[index] === 1 ? chance : 1 - chance));
  return right.reduce((sum, chance) => sum + chance, 0) / right.length;
}

/** The score that sums up what a classifier predicted. */
export function mainScore({ classifier }: Model, predictions: readonly Prediction[]) {
  const scores = predictionScores(classifier!.problem, predictions);
  return 'accuracy' in scores
    ? ({ metric: 'accuracy', value: scores.accuracy } as const)
    : ({ metric: 'mse', value: scores.mse } as const);
}
