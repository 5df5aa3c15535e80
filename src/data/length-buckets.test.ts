import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketFor, lengthBuckets } from './length-buckets.ts';

/** Expected padded length of a batch, over all batches of `batchSize` rows drawn with replacement. */
function expectedPlaces(lengths: readonly number[], batchSize: number, buckets: readonly number[]): number {
  const chance = (bucket: number) =>
    (lengths.filter((length) => length <= bucket).length / lengths.length) ** batchSize;
  return buckets.reduce(
    (sum, bucket, i) => sum + bucket * (chance(bucket) - (i === 0 ? 0 : chance(buckets[i - 1]!))),
    0,
  );
}

/** All ascending subsets of `values` of at most `most`, each with the last value. */
function subsets(values: readonly number[], most: number): number[][] {
  const last = values.length - 1;
  const masks = Array.from({ length: 2 ** last }, (_, mask) => mask);
  const sets = masks.map((mask) => values.filter((_, place) => place === last || (mask >> place) % 2 === 1));
  return sets.filter((set) => set.length <= most);
}

describe('length buckets', () => {
  it('are few, ascending, and hold every row', () => {
    const rows = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 16 }), (lengths, batchSize) => {
        const buckets = lengthBuckets(lengths, batchSize, 1000);
        expect(buckets.length).toBeLessThanOrEqual(8);
        expect(buckets).toEqual([...new Set(buckets)].sort((a, b) => a - b));
        for (const length of lengths) expect(bucketFor(length, buckets)).toBeGreaterThanOrEqual(length);
        expect(buckets.at(-1)! - Math.max(...lengths)).toBeLessThan(8);
      }),
    );
  });

  it('are multiples of 8 but for the limit', () => {
    expect(lengthBuckets([5], 1, 100)).toEqual([8]);
    expect(lengthBuckets([97], 1, 100)).toEqual([100]);
    expect(lengthBuckets([], 2, 100)).toEqual([]);
  });

  it('waste within 2% a bucket of what any as many would', () => {
    const rows = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 4 }), (lengths, batchSize) => {
        const buckets = lengthBuckets(lengths, batchSize, 64);
        const sizes = [...new Set(lengths.map((length) => Math.ceil(length / 8) * 8))].sort((a, b) => a - b);
        const best = (most: number) =>
          Math.min(...subsets(sizes, most).map((set) => expectedPlaces(lengths, batchSize, set)));
        const own = expectedPlaces(lengths, batchSize, buckets);
        expect(own).toBeCloseTo(best(buckets.length), 9);
        if (buckets.length < 8) expect(best(buckets.length + 1)).toBeGreaterThan(0.98 * own - 1e-9);
      }),
    );
  });

  it('follow the batch size: larger batches are seldom short', () => {
    const lengths = Array.from({ length: 1000 }, (_, index) => 16 + (index % 497));
    expect(lengthBuckets(lengths, 1, 512).length).toBeGreaterThan(lengthBuckets(lengths, 16, 512).length);
  });
});
