import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchSettings, createBatches, padBatch } from './batches.ts';
import type { Example } from './examples.ts';
import { bucketFor, lengthBuckets } from './length-buckets.ts';

/** An example of `length` tokens, ids from `base` upwards, the first `prompt` of them masked. */
function example(base: number, length: number, prompt: number): Example {
  const ids = Int32Array.from({ length }, (_, index) => base + index);
  return { ids, labels: ids.map((id, index) => (index < prompt ? -100 : id)), promptLength: prompt, truncated: false };
}

const settings: BatchSettings = {
  batchSize: 2,
  gradAccumulation: 1,
  seed: 1,
  shuffle: false,
  dropLast: true,
  padId: 0,
  buckets: [4, 8],
  paddingQuantile: 1,
};

describe('a padded batch', () => {
  it('holds each row from position 0, with the next id as label where it is learned', () => {
    const batch = padBatch([example(10, 3, 1), example(20, 4, 2)], [0, 1], settings);
    expect(batch).toEqual({
      rows: [0, 1],
      batchSize: 2,
      length: 4,
      ids: Int32Array.of(10, 11, 12, 0, 20, 21, 22, 23),
      labels: Int32Array.of(11, 12, -100, -100, -100, 22, 23, -100),
      lengths: Int32Array.of(3, 4),
      scoredTokens: 4,
      tokens: 7,
    });
  });

  it('keeps its shape when rows are missing, and scores nothing of them', () => {
    const batch = padBatch([example(10, 3, 1)], [0], settings);
    expect([...batch.ids.subarray(4)]).toEqual([0, 0, 0, 0]);
    expect([...batch.labels.subarray(4)]).toEqual([-100, -100, -100, -100]);
    expect([...batch.lengths]).toEqual([3, 0]);
  });

  it('cuts rows beyond the padding quantile from their left', () => {
    const rows = [example(10, 2, 0), example(20, 8, 0)];
    const half = padBatch(rows, [0, 1], { ...settings, buckets: [5, 8], paddingQuantile: 0.5 });
    expect(half.length).toBe(5);
    expect([...half.ids.subarray(5)]).toEqual([23, 24, 25, 26, 27]);
    expect([...half.labels.subarray(5)]).toEqual([24, 25, 26, 27, -100]);
    expect(padBatch(rows, [0], { ...settings, paddingQuantile: 0 }).length).toBe(8);
  });

  it('counts exactly the labels it holds', () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(lengths, fc.double({ min: 0, max: 1, noNaN: true }), (shapes, paddingQuantile) => {
        const examples = shapes.map(([length, prompt], index) => example(100 * (index + 1), length, prompt));
        const rows = examples.map((_, index) => index);
        const batch = padBatch(examples, rows, {
          ...settings,
          batchSize: 5,
          buckets: lengthBuckets(20),
          paddingQuantile,
        });
        expect(batch.scoredTokens).toBe(batch.labels.filter((label) => label !== -100).length);
        expect(batch.tokens).toBe(batch.ids.filter((id) => id !== 0).length);
        expect(batch.tokens).toBe(batch.lengths.reduce((sum, length) => sum + length, 0));
        batch.labels.forEach((label, place) => {
          if (label !== -100) expect(batch.ids[place + 1]).toBe(label);
        });
      }),
    );
  });
});

describe('the batches of a run', () => {
  const examples = Array.from({ length: 11 }, (_, index) => example(100 * (index + 1), 3 + (index % 5), 1));

  it('show every row once an epoch, in another order each epoch', () => {
    const batches = createBatches(examples, { ...settings, shuffle: true, dropLast: false });
    const rowsOf = (epoch: number) =>
      Array.from({ length: batches.batchesPerEpoch }, (_, index) => batches.batchAt(epoch, index).rows).flat();
    expect([...rowsOf(0)].sort((a, b) => a - b)).toEqual(examples.map((_, index) => index));
    expect(rowsOf(1)).not.toEqual(rowsOf(0));
  });

  it('are the same wherever a resumed run starts reading', () => {
    const shuffled = { ...settings, shuffle: true };
    const straight = createBatches(examples, shuffled);
    const all = [0, 1].flatMap((epoch) =>
      Array.from({ length: straight.batchesPerEpoch }, (_, index) => straight.batchAt(epoch, index)),
    );
    expect(createBatches(examples, shuffled).batchAt(1, 2)).toEqual(all[straight.batchesPerEpoch + 2]);
  });

  it('follow the file without shuffling', () => {
    const batches = createBatches(examples, settings);
    expect(batches.batchAt(3, 1).rows).toEqual([2, 3]);
  });

  it('drop or keep the last incomplete batch', () => {
    expect(createBatches(examples, settings).batchesPerEpoch).toBe(5);
    const kept = createBatches(examples, { ...settings, dropLast: false });
    expect(kept.batchesPerEpoch).toBe(6);
    expect(kept.batchAt(0, 5).rows).toEqual([10]);
    expect(() => kept.batchAt(0, 6)).toThrow(RangeError);
  });

  it('form windows whose scored tokens are known beforehand, the last one short', () => {
    const batches = createBatches(examples, { ...settings, gradAccumulation: 2 });
    expect(batches.stepsPerEpoch).toBe(3);
    const windows = [0, 1, 2].map((step) => batches.windowAt(0, step));
    expect(windows.map((window) => window.batches.length)).toEqual([2, 2, 1]);
    for (const { batches: parts, scoredTokens, tokens } of windows) {
      expect(scoredTokens).toBe(parts.reduce((sum, part) => sum + part.scoredTokens, 0));
      expect(tokens).toBe(parts.reduce((sum, part) => sum + part.tokens, 0));
    }
  });

  it('tell their padded lengths without being built', () => {
    const batches = createBatches(examples, settings);
    for (let index = 0; index < batches.batchesPerEpoch; index++) {
      expect(batches.lengthAt(0, index)).toBe(batches.batchAt(0, index).length);
    }
    expect(batches.largestLength).toBe(8);
  });
});

describe('length buckets', () => {
  it('are few and reach the limit', () => {
    expect(lengthBuckets(512)).toEqual([16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]);
    expect(lengthBuckets(10)).toEqual([16]);
    expect(lengthBuckets(100).at(-1)).toBe(128);
  });

  it('hold the longest row with less than a third of its place wasted', () => {
    const buckets = lengthBuckets(1024);
    for (let length = 12; length <= 1024; length++) {
      const bucket = bucketFor(length, buckets);
      expect(bucket).toBeGreaterThanOrEqual(length);
      expect(bucket - length).toBeLessThan(bucket / 3);
    }
  });
});
