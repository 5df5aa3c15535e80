import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type BatchSettings, createBatches, type Padding, padBatch } from './batches.ts';
import type { Example } from './examples.ts';

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
  maxLength: 8,
  packing: false,
  paddingQuantile: 1,
};

const padding: Padding = { batchSize: 2, padId: 0, buckets: [4, 8], paddingQuantile: 1 };

describe('a padded batch', () => {
  it('holds each row from position 0, with the next id as label where it is learned', () => {
    const batch = padBatch([example(10, 3, 1), example(20, 4, 2)], [[0], [1]], padding);
    expect(batch).toEqual({
      rows: [[0], [1]],
      batchSize: 2,
      length: 4,
      ids: Int32Array.of(10, 11, 12, 0, 20, 21, 22, 23),
      labels: Int32Array.of(11, 12, -100, -100, -100, 22, 23, -100),
      lengths: [[3], [4]],
      scoredTokens: 4,
      tokens: 7,
    });
  });

  it('of pairs of texts has the type of each token, packed or not, and 0 in padding', () => {
    const pair = (base: number, length: number, typeStart: number) => ({ ...example(base, length, 0), typeStart });
    const pairs = [pair(10, 3, 2), pair(20, 4, 4), pair(30, 2, 0)];
    expect([...padBatch(pairs, [[0], [1]], padding).types!]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect([...padBatch(pairs, [[0, 2], [1]], padding).types!]).toEqual([
      ...[0, 0, 1, 1, 1, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect(createBatches(pairs, settings).pairs).toBe(true);
    expect(createBatches([example(10, 3, 0)], settings).pairs).toBe(false);
  });

  it('keeps its shape when rows are missing, and scores nothing of them', () => {
    const batch = padBatch([example(10, 3, 1)], [[0]], padding);
    expect([...batch.ids.subarray(4)]).toEqual([0, 0, 0, 0]);
    expect([...batch.labels.subarray(4)]).toEqual([-100, -100, -100, -100]);
    expect(batch.lengths).toEqual([[3]]);
  });

  it('cuts rows beyond the padding quantile from their left', () => {
    const rows = [example(10, 2, 0), example(20, 8, 0)];
    const half = padBatch(rows, [[0], [1]], { ...padding, buckets: [5, 8], paddingQuantile: 0.5 });
    expect(half.length).toBe(5);
    expect([...half.ids.subarray(5)]).toEqual([23, 24, 25, 26, 27]);
    expect([...half.labels.subarray(5)]).toEqual([24, 25, 26, 27, -100]);
    expect(padBatch(rows, [[0]], { ...padding, paddingQuantile: 0 }).length).toBe(8);
  });

  it('holds packed examples one after another, none of which predicts the first token of the next', () => {
    const batch = padBatch([example(10, 3, 1), example(20, 4, 2), example(30, 2, 0)], [[0, 1], [2]], padding);
    expect(batch).toEqual({
      rows: [[0, 1], [2]],
      batchSize: 2,
      length: 8,
      ids: Int32Array.of(10, 11, 12, 20, 21, 22, 23, 0, 30, 31, 0, 0, 0, 0, 0, 0),
      labels: Int32Array.of(11, 12, -100, -100, 22, 23, ...Array(2).fill(-100), 31, ...Array(7).fill(-100)),
      lengths: [[3, 4], [2]],
      scoredTokens: 5,
      tokens: 9,
    });
  });

  it('counts exactly the labels it holds', () => {
    const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        lengths,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (shapes, paddingQuantile, pack) => {
          const examples = shapes.map(([length, prompt], index) => example(100 * (index + 1), length, prompt));
          const indices = examples.map((_, index) => index);
          // Packed: the even ones in one row, the odd ones in another.
          const rows = pack
            ? [0, 1].map((half) => indices.filter((index) => index % 2 === half))
            : indices.map((index) => [index]);
          const batch = padBatch(examples, rows, {
            batchSize: 6,
            padId: 0,
            buckets: [16, 60],
            paddingQuantile: pack ? 1 : paddingQuantile,
          });
          expect(batch.scoredTokens).toBe(batch.labels.filter((label) => label !== -100).length);
          expect(batch.tokens).toBe(batch.ids.filter((id) => id !== 0).length);
          expect(batch.tokens).toBe(batch.lengths.flat().reduce((sum, length) => sum + length, 0));
          // The next id, of the same hundred: of the same example.
          batch.labels.forEach((label, place) => {
            if (label !== -100) expect([batch.ids[place + 1], batch.ids[place]! + 1]).toEqual([label, label]);
          });
        },
      ),
    );
  });
});

describe('the batches of a run', () => {
  const examples = Array.from({ length: 11 }, (_, index) => example(100 * (index + 1), 3 + (index % 5), 1));

  it('show every row once an epoch, in another order each epoch', () => {
    const batches = createBatches(examples, { ...settings, shuffle: true, dropLast: false });
    const rowsOf = (epoch: number) =>
      Array.from({ length: batches.batchesPerEpoch }, (_, index) => batches.batchAt(epoch, index).rows).flat(2);
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
    expect(batches.batchAt(3, 1).rows).toEqual([[2], [3]]);
  });

  it('drop or keep the last incomplete batch', () => {
    expect(createBatches(examples, settings).batchesPerEpoch).toBe(5);
    const kept = createBatches(examples, { ...settings, dropLast: false });
    expect(kept.batchesPerEpoch).toBe(6);
    expect(kept.batchAt(0, 5).rows).toEqual([[10]]);
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

describe('the batches of a packed run', () => {
  const corpus = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 40 }),
    batchSize: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
  });
  const packed = ({ lengths, batchSize, seed }: { lengths: readonly number[]; batchSize: number; seed: number }) => {
    const examples = lengths.map((length, index) => example(100 * (index + 1), length, 1));
    const changes = { batchSize, seed, packing: true, shuffle: true, dropLast: false, maxLength: 24 };
    return createBatches(examples, { ...settings, ...changes });
  };
  const epochOf = (batches: ReturnType<typeof packed>, epoch: number) =>
    Array.from({ length: batches.batchesPerEpoch }, (_, index) => batches.batchAt(epoch, index));

  it('hold every example once an epoch, whole, in rows within the limit', () => {
    fc.assert(
      fc.property(corpus, (given) => {
        const batches = packed(given);
        for (const epoch of [0, 3]) {
          const all = epochOf(batches, epoch);
          const indices = all.flatMap(({ rows }) => rows.flat());
          expect([...indices].sort((a, b) => a - b)).toEqual(given.lengths.map((_, index) => index));
          for (const { rows, lengths, length } of all) {
            expect(lengths).toEqual(rows.map((row) => row.map((index) => given.lengths[index])));
            const tokens = lengths.map((row) => row.reduce((sum, each) => sum + each, 0));
            expect(Math.max(...tokens)).toBeLessThanOrEqual(length);
            expect(length).toBeLessThanOrEqual(24);
          }
        }
      }),
    );
  });

  it('are the same for the same seed, epoch and place, however they are read', () => {
    fc.assert(
      fc.property(corpus, fc.nat({ max: 5 }), fc.nat(), (given, epoch, place) => {
        const [once, again] = [packed(given), packed(given)];
        const index = place % once.batchesPerEpoch;
        expect(again.batchAt(epoch, index)).toEqual(epochOf(once, epoch)[index]);
      }),
    );
  });

  it('come in another order with another epoch or seed', () => {
    const given = { lengths: Array.from({ length: 30 }, (_, index) => 8 + (index % 7)), batchSize: 2, seed: 1 };
    const orderOf = (seed: number, epoch: number) => epochOf(packed({ ...given, seed }), epoch).map(({ rows }) => rows);
    expect(orderOf(1, 1)).not.toEqual(orderOf(1, 0));
    expect(orderOf(2, 0)).not.toEqual(orderOf(1, 0));
  });

  it('waste less than one example a row does', () => {
    const given = { lengths: Array.from({ length: 50 }, (_, index) => 3 + ((index * 5) % 11)), batchSize: 2, seed: 1 };
    const examples = given.lengths.map((length) => example(100, length, 1));
    const alone = createBatches(examples, { ...settings, maxLength: 24, dropLast: false });
    expect(alone.fillRatio()).toBeLessThan(0.75);
    expect(packed(given).fillRatio()).toBeGreaterThan(0.9);
  });
});

test('the fill ratio is the share of places with a token, cut rows included', () => {
  const examples = [2, 8, 5, 5].map((length) => example(100, length, 0));
  const ratio = (changes: Partial<BatchSettings>) => createBatches(examples, { ...settings, ...changes }).fillRatio();
  expect(ratio({})).toBe(20 / 32);
  expect(ratio({ batchSize: 4, paddingQuantile: 0.5 })).toBe(17 / 32);
  expect(ratio({ batchSize: 3, dropLast: false })).toBe(20 / 48);
});
