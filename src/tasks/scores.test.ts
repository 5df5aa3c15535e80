import { expect, test } from 'vitest';
import { areaUnderRoc, predictionScores, probabilities } from './scores.ts';

// Expected values are those of scikit-learn 1.7: accuracy_score, roc_auc_score (macro, ovr), log_loss, r2_score.

test('the area under the ROC curve counts pairs in order, ties by half', () => {
  // The example of sklearn.metrics.roc_auc_score.
  expect(areaUnderRoc([0.1, 0.4, 0.35, 0.8], [false, false, true, true])).toBe(0.75);
  expect(areaUnderRoc([0.5, 0.5, 0.5], [true, false, false])).toBe(0.5);
  expect(areaUnderRoc([0.1, 0.2], [true, true])).toBeNull();
});

test('classes: accuracy, macro area one against the rest, log loss', () => {
  const chances = [
    [0.7, 0.2, 0.1],
    [0.2, 0.5, 0.3],
    [0.3, 0.3, 0.4],
    [0.62, 0.28, 0.1],
  ];
  const labels = [0, 1, 2, 1];
  const predictions = chances.map((row, index) => ({ logits: row.map(Math.log), label: labels[index]! }));
  const scores = predictionScores('single_label_classification', predictions);
  if (!('accuracy' in scores)) throw new Error('no scores of classes');
  expect(scores.accuracy).toBe(0.75);
  // Areas of the classes: 3/3; of the pairs .5 > .2, .5 > .3, .28 > .2, .28 < .3 three in order; 3/3.
  expect(scores.auc).toBeCloseTo((1 + 3 / 4 + 1) / 3, 12);
  expect(scores.logLoss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.5) + Math.log(0.4) + Math.log(0.28)) / 4, 12);
});

test('several labels a row: all must be right, each stands at one half', () => {
  const predictions = [
    { logits: [2, -1], label: 0, values: [1, 0] },
    { logits: [-3, 1], label: 0, values: [1, 1] },
  ];
  const scores = predictionScores('multi_label_classification', predictions);
  expect(scores).toMatchObject({ accuracy: 0.5 });
  expect(probabilities('multi_label_classification', [0])).toEqual([0.5]);
});

test('numbers: mean squared error, and how much of the spread is explained', () => {
  // The example of sklearn.metrics.r2_score: 0.9486.
  const wanted = [3, -0.5, 2, 7];
  const predictions = [2.5, 0, 2, 8].map((value, index) => ({ logits: [value], label: 0, values: [wanted[index]!] }));
  const scores = predictionScores('regression', predictions);
  expect(scores).toMatchObject({ mse: 0.375 });
  if ('r2' in scores) expect(scores.r2).toBeCloseTo(0.9486081, 6);
});

test('probabilities of large logits stay finite', () => {
  expect(probabilities('single_label_classification', [1000, 0])).toEqual([1, 0]);
});
