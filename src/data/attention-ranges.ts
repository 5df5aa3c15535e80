/**
 * Index arrays that the graph's attention and embedding-gradient ops read as data, so that one set of pipelines serves
 * full, windowed and cached attention. A *row* is one query token of the padded batch: row = sequence · queries + t.
 */

export interface AttentionLayout {
  /** Sequences in the batch. */
  readonly sequences: number;
  /** Query tokens of each sequence, padding included. */
  readonly queries: number;
  /** Keys of each sequence, padding or free cache places included; default: `queries`. */
  readonly keys?: number;
  /** Default true: a token sees itself and those before it. */
  readonly causal?: boolean;
  /**
   * Sliding window: a token sees at most this many keys, itself included (transformers' `sliding_window`); where it is not
   * causal, as many in either direction.
   */
  readonly window?: number | null | undefined;
  /** `[sequences]`: position of each sequence's first query, as when a cache already holds that many keys; default 0. */
  readonly firstPositions?: ArrayLike<number>;
  /**
   * `[sequences]`: keys that hold a token. Default: all. With right padding, causal attention needs none: a real token
   * never sees the padding behind it.
   */
  readonly keyLengths?: ArrayLike<number>;
}

export interface AttentionRanges {
  /** `[rows]`: position of each query in its sequence. */
  readonly positions: Int32Array;
  /** `[rows · 2]`: the keys [lo, hi) of its own sequence that each query sees; [0, 0) where it sees none. */
  readonly keyRange: Int32Array;
  /** `[sequences · keys · 2]`: the queries [lo, hi) of its own sequence that see each key; [0, 0) where none does. */
  readonly queryRange: Int32Array;
}

/** Which keys each query sees, and its transpose. */
export function attentionRanges(layout: AttentionLayout): AttentionRanges {
  const { sequences, queries, keys = queries } = layout;
  const positions = new Int32Array(sequences * queries);
  const keyRange = new Int32Array(sequences * queries * 2);
  const queryRange = new Int32Array(sequences * keys * 2);
  for (let sequence = 0; sequence < sequences; sequence++) {
    const first = layout.firstPositions?.[sequence] ?? 0;
    const rows = { start: sequence * queries, count: queries };
    for (let t = 0; t < queries; t++) positions[rows.start + t] = first + t;
    const keyLength = Math.min(keys, layout.keyLengths?.[sequence] ?? keys);
    fillKeyRange(keyRange.subarray(rows.start * 2, (rows.start + queries) * 2), first, keyLength, layout);
    transposeRange(
      keyRange.subarray(rows.start * 2, (rows.start + queries) * 2),
      queryRange.subarray(sequence * keys * 2, (sequence + 1) * keys * 2),
    );
  }
  return { positions, keyRange, queryRange };
}

/**
 * The same for the rows of a training batch: in each row one example after another, with positions from 0 on, and no
 * token sees another example's. The padding behind them has position 0 and sees nothing.
 * @param lengths tokens of each example in each row; rows that are missing are all padding
 */
export function exampleRanges(
  lengths: readonly (readonly number[])[],
  {
    batchSize,
    length,
    window,
    causal = true,
  }: { batchSize: number; length: number; window: number | null | undefined; causal?: boolean },
): AttentionRanges {
  const positions = new Int32Array(batchSize * length);
  const keyRange = new Int32Array(batchSize * length * 2);
  const queryRange = new Int32Array(batchSize * length * 2);
  lengths.forEach((examples, row) => {
    const ofRow = keyRange.subarray(row * length * 2, (row + 1) * length * 2);
    let start = 0;
    for (const count of examples) {
      for (let t = 0; t < count; t++) positions[row * length + start + t] = t;
      const ofExample = ofRow.subarray(start * 2, (start + count) * 2);
      fillKeyRange(ofExample, 0, count, { window, causal });
      for (let index = 0; index < ofExample.length; index++) ofExample[index]! += start;
      start += count;
    }
    transposeRange(ofRow, queryRange.subarray(row * length * 2, (row + 1) * length * 2));
  });
  return { positions, keyRange, queryRange };
}

/**
 * `[batchSize · length]`: where the example of each row begins, counted in rows of its sequence; the padding behind them
 * is like one more. For what goes on from token to token, as the ranges are for attention.
 */
export function exampleStarts(
  lengths: readonly (readonly number[])[],
  { batchSize, length }: { batchSize: number; length: number },
): Int32Array {
  const starts = new Int32Array(batchSize * length);
  lengths.forEach((examples, row) => {
    const ofRow = starts.subarray(row * length, (row + 1) * length);
    let start = 0;
    for (const count of examples) {
      ofRow.fill(start, start, start + count);
      start += count;
    }
    ofRow.fill(start, start);
  });
  return starts;
}

function fillKeyRange(
  range: Int32Array,
  first: number,
  keyLength: number,
  { causal = true, window }: Pick<AttentionLayout, 'causal' | 'window'>,
): void {
  for (let t = 0; t < range.length / 2; t++) {
    const position = first + t;
    const ahead = causal ? 1 : (window ?? keyLength);
    const high = Math.min(keyLength, position + ahead);
    const low = window ? Math.max(0, position - window + 1) : 0;
    if (low >= high) continue; // Stays [0, 0).
    range[2 * t] = low;
    range[2 * t + 1] = high;
  }
}

/**
 * Both ends of the key ranges never fall from one query to the next, and queries that see nothing stand last: so the
 * queries that see a key are consecutive, and one walk finds where each key comes into sight and where it leaves it.
 */
function transposeRange(keyRange: Int32Array, queryRange: Int32Array): void {
  const queries = keyRange.length / 2;
  let low = keyRange[0] ?? 0;
  let high = low;
  let t = 0;
  for (; t < queries && keyRange[2 * t + 1]! > 0; t++) {
    for (; high < keyRange[2 * t + 1]!; high++) queryRange[2 * high] = t;
    for (; low < keyRange[2 * t]!; low++) queryRange[2 * low + 1] = t;
  }
  for (; low < high; low++) queryRange[2 * low + 1] = t;
}

/**
 * Row numbers sorted by (id, row): rows of one token lie together and in a fixed order, so the embedding gradient is
 * summed without atomics and the same each time.
 */
export function idOrder(ids: Int32Array): Int32Array {
  const rows = ids.length;
  // One exact float per row, id · rows + row, lets the native numeric sort do a stable two-key sort.
  const keys = Float64Array.from(ids, (id, row) => id * rows + row).sort();
  return Int32Array.from(keys, (key) => key - rows * Math.floor(key / rows));
}
