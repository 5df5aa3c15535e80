/**
 * Padded lengths. Each length that occurs costs a graph, a plan and pipelines of its own, so batches are padded to one
 * of a few: powers of two and one and a half times those, from 16. Of the longest row's place, less than a third is then
 * padding, and 13 buckets reach 1024 tokens.
 */

export const smallestBucket = 16;

/** The buckets up to and including the first that holds `maxLength` tokens, ascending. */
export function lengthBuckets(maxLength: number): number[] {
  const buckets: number[] = [];
  for (let power = smallestBucket; ; power *= 2) {
    for (const bucket of [power, power * 1.5]) {
      buckets.push(bucket);
      if (bucket >= maxLength) return buckets;
    }
  }
}

/** The smallest bucket that holds `length` tokens; the largest bucket where none does. */
export function bucketFor(length: number, buckets: readonly number[]): number {
  return buckets.find((bucket) => bucket >= length) ?? buckets.at(-1) ?? length;
}
