import { describe, expect, test } from 'vitest';
import { createBatches } from '../../data/batches.ts';
import { type Example, maskedLabel } from '../../data/examples.ts';
import { maskedBatches, mostTold } from './masking.ts';

const [maskId, padId, vocabularySize] = [4, 0, 1000];

/** Texts between two special tokens, 2 and 3; every other token may be masked. */
const example = (tokens: number, first: number): Example => {
  const text = Array.from({ length: tokens }, (_, index) => 5 + ((first + index) % 900));
  const ids = Int32Array.from([2, ...text, 3]);
  const labels = Int32Array.from([maskedLabel, maskedLabel, ...text, maskedLabel]);
  return { ids, labels, promptLength: 0, truncated: false };
};

const settings = {
  ...{ batchSize: 3, gradAccumulation: 2, seed: 7, shuffle: true, dropLast: false },
  ...{ padId, maxLength: 128, packing: false, paddingQuantile: 1 },
};

const plainOf = (lengths: readonly number[], more: Partial<typeof settings> = {}) =>
  createBatches(
    lengths.map((length, index) => example(length, 31 * index)),
    { ...settings, ...more },
  );
const masking = { share: 0.15, maskId, padId, vocabularySize };

describe('masked batches', () => {
  const plain = plainOf(Array.from({ length: 40 }, (_, index) => 20 + ((index * 7) % 60)));
  const masked = maskedBatches(plain, masking, 7, false);

  test('a batch is the same whoever asks for it, and has room for its labels', () => {
    for (const epoch of [0, 3])
      for (let step = 0; step < masked.stepsPerEpoch; step++) {
        const window = masked.windowAt(epoch, step);
        window.batches.forEach((batch, offset) => {
          const index = 2 * step + offset;
          expect(masked.batchAt(epoch, index)).toEqual(batch);
          expect(maskedBatches(plain, masking, 7, false).batchAt(epoch, index)).toEqual(batch);
          const labelled = batch.labels.filter((label) => label !== maskedLabel).length;
          expect(batch.scoredTokens).toBe(labelled);
          expect(masked.scoredAt(epoch, index)).toBeGreaterThanOrEqual(labelled);
        });
        expect(window.scoredTokens).toBe(window.batches.reduce((sum, { scoredTokens }) => sum + scoredTokens, 0));
      }
  });

  test('15% are told, 80% of them unseen and 10% seen as others; special tokens and padding stay', () => {
    let [told, unseen, kept, others, tokens, wrong] = [0, 0, 0, 0, 0, 0];
    for (let epoch = 0; epoch < 30; epoch++)
      for (let index = 0; index < masked.batchesPerEpoch; index++) {
        const [before, after] = [plain.batchAt(epoch, index), masked.batchAt(epoch, index)];
        for (const [place, label] of before.labels.entries()) {
          const [was, is] = [before.ids[place]!, after.ids[place]!];
          const learned = after.labels[place]!;
          if (label !== maskedLabel) tokens++;
          if (learned === maskedLabel) {
            if (is !== was) wrong++;
            continue;
          }
          // In these texts the token itself is its label.
          if (label === maskedLabel || learned !== was || is === padId) wrong++;
          told++;
          if (is === maskId) unseen++;
          else if (is === was) kept++;
          else others++;
        }
      }
    expect(wrong).toBe(0);
    // Of some 58,000 tokens and 8,700 told: three standard deviations.
    expect(Math.abs(told / tokens - 0.15)).toBeLessThan(0.0045);
    expect(Math.abs(unseen / told - 0.8)).toBeLessThan(0.013);
    expect(Math.abs(kept / told - 0.1)).toBeLessThan(0.01);
    expect(Math.abs(others / told - 0.1)).toBeLessThan(0.01);
  });

  test('mlm_probability is the share that is told, with room for it, and all where it is 1', () => {
    for (const share of [0.01, 0.4, 1]) {
      const own = maskedBatches(plain, { ...masking, share }, 7, false);
      let [told, tokens] = [0, 0];
      for (let epoch = 0; epoch < 10; epoch++)
        for (let index = 0; index < own.batchesPerEpoch; index++) {
          const batch = own.batchAt(epoch, index);
          expect(batch.scoredTokens).toBeLessThanOrEqual(own.scoredAt(epoch, index));
          told += batch.scoredTokens;
          tokens += plain.scoredAt(epoch, index);
        }
      // Of some 19,000 tokens: three standard deviations, and the one that is told in any case.
      const spread = 3 * Math.sqrt((share * (1 - share)) / tokens);
      expect(told / tokens).toBeGreaterThanOrEqual(share - spread);
      expect(told / tokens).toBeLessThanOrEqual(share + spread + (share === 0.01 ? 0.004 : 0));
    }
    expect([mostTold(1000, 0.4), mostTold(1000, 1), mostTold(3, 0.01)]).toEqual([493, 1000, 2]);
  });

  test('epochs differ; an evaluation is always masked alike, and not as an epoch of training', () => {
    const same = plainOf([60, 60, 60], { shuffle: false });
    const labelsOf = (isFixed: boolean, epoch: number) =>
      maskedBatches(same, masking, 7, isFixed).batchAt(epoch, 0).labels;
    expect(labelsOf(false, 0)).not.toEqual(labelsOf(false, 1));
    expect(labelsOf(true, 0)).toEqual(labelsOf(true, 5));
    expect(labelsOf(true, 0)).not.toEqual(labelsOf(false, 0));
  });

  test('of texts too short for a draw one token is told in any case', () => {
    const short = maskedBatches(plainOf([1, 1, 1, 1]), masking, 7, false);
    for (let epoch = 0; epoch < 20; epoch++) expect(short.batchAt(epoch, 0).scoredTokens).toBeGreaterThanOrEqual(1);
    expect(mostTold(0, 0.15)).toBe(0);
    expect(mostTold(1, 0.15)).toBe(1);
    expect(mostTold(1000, 0.15)).toBe(218);
  });

  test('packed texts are masked each by its own number', () => {
    const packed = maskedBatches(plainOf([10, 12, 9, 11, 14], { packing: true, shuffle: false }), masking, 7, false);
    const alone = maskedBatches(plainOf([10, 12, 9, 11, 14], { shuffle: false, batchSize: 5 }), masking, 7, false);
    const labelsOf = (batches: typeof packed) => {
      const { rows, lengths, length, labels } = batches.batchAt(0, 0);
      const found = new Map<number, number[]>();
      for (const [row, examples] of rows.entries()) {
        let begin = row * length;
        for (const [place, number] of examples.entries()) {
          found.set(number, [...labels.subarray(begin, begin + lengths[row]![place]!)]);
          begin += lengths[row]![place]!;
        }
      }
      return found;
    };
    const [ofPacked, ofAlone] = [labelsOf(packed), labelsOf(alone)];
    expect(ofPacked.size).toBe(5);
    for (const [number, labels] of ofPacked) expect(labels).toEqual(ofAlone.get(number));
  });
});
