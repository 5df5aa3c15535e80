import { type Example, maskedLabel } from './examples.ts';
import { bucketFor } from './length-buckets.ts';
import { shuffledIndices } from './shuffle.ts';

export interface BatchSettings {
  readonly batchSize: number;
  /** Batches that one update of the weights takes together. */
  readonly gradAccumulation: number;
  readonly seed: number;
  /** A new order each epoch; otherwise the order given. */
  readonly shuffle: boolean;
  /** Leave out the last batch of an epoch where it is not full. */
  readonly dropLast: boolean;
  readonly padId: number;
  /** Padded lengths, ascending (`lengthBuckets`). */
  readonly buckets: readonly number[];
  /**
   * 1: pad to the longest row. Between: to this quantile of the batch's lengths; longer rows lose tokens from their
   * left. 0: always to the largest bucket. As `padding_quantile` of H2O LLM Studio, for training only.
   */
  readonly paddingQuantile: number;
}

/** Padded rows, ready for the graph: right padding, every row starts at position 0. */
export interface Batch {
  /** Indices of the examples in the batch; fewer than `batchSize` in an incomplete last batch. */
  readonly rows: readonly number[];
  /** Always that of the settings: rows that are missing are all padding and nothing of them is scored. */
  readonly batchSize: number;
  /** Padded length, one of the buckets. */
  readonly length: number;
  /** `[batchSize · length]` */
  readonly ids: Int32Array;
  /** `[batchSize · length]`, shifted: at t the id to predict for t + 1; −100 where masked, at a row's end and in padding. */
  readonly labels: Int32Array;
  /** `[batchSize]`: tokens of each row, 0 for a missing row. */
  readonly lengths: Int32Array;
  /** Labels that count; the loss of a window is divided by their sum. */
  readonly scoredTokens: number;
  /** Tokens without padding. */
  readonly tokens: number;
}

/** The batches of one update, with the sums that must be known before its first micro-step. */
export interface AccumulationWindow {
  readonly batches: readonly Batch[];
  readonly scoredTokens: number;
  readonly tokens: number;
}

/** All batches of a run. Nothing here has state that matters: any position can be asked for, in any order. */
export interface Batches {
  readonly batchesPerEpoch: number;
  /** ceil(batches / accumulation): the last window of an epoch may be short. */
  readonly stepsPerEpoch: number;
  /** The bucket of the longest example: the largest batch that a run can meet, which its memory must hold. */
  readonly largestLength: number;
  /** Padded length of a batch, without building it. */
  lengthAt(epoch: number, index: number): number;
  batchAt(epoch: number, index: number): Batch;
  windowAt(epoch: number, step: number): AccumulationWindow;
}

/** Keeps the draws of the epochs apart from the split's. */
const epochStream = 0x65706f63;

/**
 * The batches of `examples` as a pure function of the settings and a position, so a resumed run continues bit for bit
 * from (epoch, index) alone.
 */
export function createBatches(examples: readonly Example[], settings: BatchSettings): Batches {
  const { batchSize, gradAccumulation, dropLast } = settings;
  const full = examples.length / batchSize;
  const batchesPerEpoch = dropLast ? Math.floor(full) : Math.ceil(full);
  const orderOf = epochOrders(examples.length, settings);

  const rowsAt = (epoch: number, index: number): number[] => {
    if (index < 0 || index >= batchesPerEpoch) throw new RangeError(`batch ${index} of ${batchesPerEpoch}`);
    return Array.from(orderOf(epoch).subarray(index * batchSize, (index + 1) * batchSize));
  };
  const batchAt = (epoch: number, index: number) => padBatch(examples, rowsAt(epoch, index), settings);
  const longest = examples.reduce((length, example) => Math.max(length, example.ids.length), 0);

  return {
    batchesPerEpoch,
    stepsPerEpoch: Math.ceil(batchesPerEpoch / gradAccumulation),
    largestLength: paddedLength([longest], settings).length,
    lengthAt: (epoch, index) => paddedLength(lengthsOf(examples, rowsAt(epoch, index)), settings).length,
    batchAt,
    windowAt(epoch, step) {
      const first = step * gradAccumulation;
      const count = Math.min(gradAccumulation, batchesPerEpoch - first);
      const batches = Array.from({ length: Math.max(0, count) }, (_, offset) => batchAt(epoch, first + offset));
      return {
        batches,
        scoredTokens: batches.reduce((sum, batch) => sum + batch.scoredTokens, 0),
        tokens: batches.reduce((sum, batch) => sum + batch.tokens, 0),
      };
    },
  };
}

/** Row order of an epoch; the last one asked for is kept, as batches are mostly read in turn. */
function epochOrders(count: number, { shuffle, seed }: BatchSettings): (epoch: number) => Int32Array {
  let kept: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array(0) };
  return (epoch) => {
    if (kept.epoch !== epoch) {
      const order = shuffle
        ? shuffledIndices(count, seed, epochStream, epoch)
        : Int32Array.from({ length: count }, (_, index) => index);
      kept = { epoch, order };
    }
    return kept.order;
  };
}

/** Pads the given examples into one batch. */
export function padBatch(
  examples: readonly Example[],
  rows: readonly number[],
  settings: Pick<BatchSettings, 'batchSize' | 'padId' | 'buckets' | 'paddingQuantile'>,
): Batch {
  const { batchSize, padId } = settings;
  const { length, limit } = paddedLength(lengthsOf(examples, rows), settings);
  const ids = new Int32Array(batchSize * length).fill(padId);
  const labels = new Int32Array(batchSize * length).fill(maskedLabel);
  const lengths = new Int32Array(batchSize);
  let scoredTokens = 0;
  let tokens = 0;
  rows.forEach((row, place) => {
    const example = examples[row]!;
    const cut = Math.max(0, example.ids.length - limit);
    const start = place * length;
    ids.set(example.ids.subarray(cut), start);
    const shifted = example.labels.subarray(cut + 1);
    labels.set(shifted, start);
    for (const label of shifted) if (label !== maskedLabel) scoredTokens++;
    lengths[place] = example.ids.length - cut;
    tokens += example.ids.length - cut;
  });
  return { rows, batchSize, length, ids, labels, lengths, scoredTokens, tokens };
}

function lengthsOf(examples: readonly Example[], rows: readonly number[]): number[] {
  return rows.map((row) => examples[row]!.ids.length);
}

/** The bucket of a batch, and how many tokens of a row it keeps. */
function paddedLength(
  lengths: readonly number[],
  { buckets, paddingQuantile }: Pick<BatchSettings, 'buckets' | 'paddingQuantile'>,
): { length: number; limit: number } {
  const kept = paddingQuantile === 0 ? buckets.at(-1)! : Math.ceil(quantile(lengths, paddingQuantile));
  const length = bucketFor(kept, buckets);
  return { length, limit: Math.min(kept, length) };
}

/** Quantile with linear interpolation between the sorted values, as torch.quantile. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
