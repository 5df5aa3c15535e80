import { expect, test } from 'vitest';
import { createBatches } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import { singleExamples } from './single-examples.ts';

const exampleOf = (ids: readonly number[], answerFrom: number) => ({
  ids: Int32Array.from(ids),
  labels: Int32Array.from(ids, (id, place) => (place >= answerFrom ? id : maskedLabel)),
  truncated: false,
  promptLength: answerFrom,
});
const settings = {
  ...{ batchSize: 2, gradAccumulation: 1, seed: 1, shuffle: false, dropLast: false, padId: 0, maxLength: 8 },
  ...{ paddingQuantile: 1 },
};
const examples = [exampleOf([1, 2, 3], 1), exampleOf([4, 5], 1), exampleOf([6, 7, 8, 9], 2), exampleOf([10, 11], 2)];
const labelsOf = (labels: Int32Array) => [...labels].filter((label) => label !== maskedLabel);

test.each([false, true])('each example with labels is scored alone, packed: %s', (packing) => {
  const batches = createBatches(examples, { ...settings, packing });
  const whole = Array.from({ length: batches.batchesPerEpoch }, (_, index) => batches.batchAt(0, index));
  const single = singleExamples(whole, 10).map((batchOf) => batchOf());
  const scored = single.map(({ labels, scoredTokens }) => ({ labels: labelsOf(labels), scoredTokens }));
  const sorted = scored.toSorted((a, b) => a.labels[0]! - b.labels[0]!);
  expect(sorted).toEqual([
    { labels: [2, 3], scoredTokens: 2 },
    { labels: [5], scoredTokens: 1 },
    { labels: [8, 9], scoredTokens: 2 },
  ]);
  for (const batch of single) expect(whole.some(({ ids }) => ids === batch.ids)).toBe(true);
});

test('one of each batch comes first, and no more than asked for', () => {
  const batches = createBatches(examples, { ...settings, packing: false });
  const whole = [batches.batchAt(0, 0), batches.batchAt(0, 1)];
  const single = singleExamples(whole, 2).map((batchOf) => batchOf());
  expect(single.map(({ labels }) => labelsOf(labels))).toEqual([
    [2, 3],
    [8, 9],
  ]);
});
