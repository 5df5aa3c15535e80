/** Intervals of seen keys for the attention op, and the same relation seen from the keys: for tests. */

/** keyRange of each query of one sequence, indices within the sequence; the relation must be an interval both ways. */
export type Ranges = readonly (readonly [number, number])[];

/** Query i of `queries` sees the keys up to its own place; the last query sits at the last key. */
export const causal = (queries: number, keys: number): Ranges =>
  Array.from({ length: queries }, (_, i) => [0, i + 1 + keys - queries]);

/** As `causal`, but no more than `window` keys. */
export const slidingWindow = (queries: number, keys: number, window: number): Ranges =>
  causal(queries, keys).map(([, end]) => [Math.max(0, end - window), end]);

/** `window` keys from a query's own place on either side, among the first `length` of `total`; the padding sees nothing. */
export const windowBothWays = (length: number, total: number, window: number): Ranges =>
  Array.from({ length: total }, (_, i) =>
    i < length ? [Math.max(0, i - window + 1), Math.min(length, i + window)] : [0, 0],
  );

/** Every query sees every key. */
export const bidirectional = (queries: number, keys: number): Ranges =>
  Array.from({ length: queries }, () => [0, keys]);

/** Sequences of these lengths packed into one, each causal and blind to the others. */
export const packed = (lengths: readonly number[]): Ranges =>
  lengths.flatMap((length, n) => {
    const start = lengths.slice(0, n).reduce((a, b) => a + b, 0);
    return causal(length, length).map(([, end]) => [start, start + end] as const);
  });

/** Causal over the first `length` of `total` places; the padding after them sees nothing. */
export const padded = (length: number, total: number): Ranges =>
  Array.from({ length: total }, (_, i) => (i < length ? [0, i + 1] : [0, 0]));

/** queryRange of each key: the queries whose keyRange holds it. */
export function seenFromKeys(ranges: Ranges, keys: number): Ranges {
  return Array.from({ length: keys }, (_, key) => {
    const sees = ([first, end]: readonly [number, number]): boolean => first <= key && key < end;
    const first = ranges.findIndex(sees);
    return first < 0 ? [0, 0] : [first, ranges.findLastIndex(sees) + 1];
  });
}
