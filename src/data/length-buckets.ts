/**
 * Padded lengths. Each length costs a graph, a plan and bind groups of its own (pipelines are shared), so batches are
 * padded to one of a few: those that waste least on the rows at hand.
 */

/** Padded lengths are multiples of this, so that kernels read whole vectors and near lengths share a program. */
const granularity = 8;
const mostBuckets = 8;

/** A further bucket must save this share of all places in the batches. */
const worthwhile = 0.02;

interface Choice {
  /** Expected padded length of a batch. */
  readonly places: number;
  readonly buckets: readonly number[];
}

/**
 * At most 8 padded lengths, ascending, the last of which holds the longest row: the ones with the fewest expected places
 * in a batch of rows drawn by chance and padded to its longest.
 * @param lengths tokens of each row, at most `maxLength`
 * @param maxLength no padded length is longer
 */
export function lengthBuckets(lengths: ArrayLike<number>, batchSize: number, maxLength: number): number[] {
  const rounded = Array.from(lengths, (length) => Math.min(Math.ceil(length / granularity) * granularity, maxLength));
  const sizes = [...new Set(rounded)].sort((a, b) => a - b);
  if (sizes.length === 0) return [];
  const within = chanceWithin(rounded, sizes, batchSize);
  // choices[i]: the best for the batches that fit sizes[i], with as many buckets as there were rounds.
  let choices: Choice[] = sizes.map((size, i) => ({ places: within[i]! * size, buckets: [size] }));
  for (let count = 1; count < mostBuckets; count++) {
    const next = sizes.map((_, i) => withOneMore(choices, sizes, within, i));
    if (next.at(-1)!.places > (1 - worthwhile) * choices.at(-1)!.places) break;
    choices = next;
  }
  return [...choices.at(-1)!.buckets];
}

/** For each size the chance that all rows of a batch fit it. */
function chanceWithin(rounded: readonly number[], sizes: readonly number[], batchSize: number): number[] {
  const counts = new Map<number, number>();
  for (const size of rounded) counts.set(size, (counts.get(size) ?? 0) + 1);
  let rows = 0;
  return sizes.map((size) => {
    rows += counts.get(size)!;
    return (rows / rounded.length) ** batchSize;
  });
}

/** The best choice for the batches that fit sizes[i] with one bucket more than `choices` have, or the same as before. */
function withOneMore(
  choices: readonly Choice[],
  sizes: readonly number[],
  within: readonly number[],
  i: number,
): Choice {
  let { places } = choices[i]!;
  let below = -1;
  for (let j = 0; j < i; j++) {
    const candidate = choices[j]!.places + (within[i]! - within[j]!) * sizes[i]!;
    if (candidate >= places) continue;
    places = candidate;
    below = j;
  }
  return below < 0 ? choices[i]! : { places, buckets: [...choices[below]!.buckets, sizes[i]!] };
}

/** The smallest bucket that holds `length` tokens; the largest bucket where none does. */
export function bucketFor(length: number, buckets: readonly number[]): number {
  return buckets.find((bucket) => bucket >= length) ?? buckets.at(-1) ?? length;
}
