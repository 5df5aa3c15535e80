import type { ExampleSize, RowList } from './built-rows.ts';
import { type Example, longestSequence, maskedLabel, scoredTokenCount, sequencesOf } from './examples.ts';
import { bucketFor, lengthBuckets } from './length-buckets.ts';
import { packRows } from './packing.ts';
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
  /** Tokens a row may have; no example is longer. */
  readonly maxLength: number;
  /** Several examples share a row, up to `maxLength` tokens (`packRows`); otherwise each has a row of its own. */
  readonly packing: boolean;
  /**
   * 1: pad to the longest row. Between: to this quantile of the batch's lengths; longer rows lose tokens from their
   * left. 0: always to the longest row of all. As `padding_quantile` of H2O LLM Studio, for training only, and not for
   * packed rows.
   */
  readonly paddingQuantile: number;
  /** Sequences of each example, which stand below each other in the batch; default: one. They are not packed. */
  readonly sequencesPerRow?: number;
}

/** Padded rows, ready for the graph: examples one after another, each from position 0 on, then the padding. */
export interface Batch {
  /** Indices of the examples (or of all their sequences) in each row; fewer rows than `batchSize` in an incomplete last batch. */
  readonly rows: readonly (readonly number[])[];
  /** Always that of the settings: rows that are missing are all padding and nothing of them is scored. */
  readonly batchSize: number;
  /** Padded length of the rows. */
  readonly length: number;
  /** `[batchSize · length]` */
  readonly ids: Int32Array;
  /**
   * `[batchSize · length]`, shifted: at t the id to predict for t + 1; −100 where masked, at an example's end and in
   * padding.
   */
  readonly labels: Int32Array;
  /** `[batchSize · length]`, of pairs of texts: the type of each token, 0 or 1; 0 in padding. */
  readonly types?: Int32Array;
  /** What is to be predicted from each token with a label, in their order, where that is numbers and no class. */
  readonly targets?: Float32Array;
  /** Tokens of each example in each row, as `rows`. */
  readonly lengths: readonly (readonly number[])[];
  /** Of sequences that are learned against each other: how many tokens of each row stand before its answer. */
  readonly promptLengths?: readonly number[];
  /** Labels that count; the loss of a window is divided by their sum. */
  readonly scoredTokens: number;
  /** Tokens without padding. */
  readonly tokens: number;
  /** Of pictures: what the model sees, f32 [batchSize · size², 3]. */
  readonly pixels?: Float32Array;
  /** Log-probability of what is learned of each row under the model before training, where a loss reads it. */
  readonly reference?: Float32Array;
}

/** The batches of one update, with the sums that must be known before its first micro-step. */
export interface AccumulationWindow {
  readonly batches: readonly Batch[];
  readonly scoredTokens: number;
  readonly tokens: number;
}

/** All batches of a run. Nothing here has state that matters: any position can be asked for, in any order. */
export interface Batches {
  /** Rows of each batch. */
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /** ceil(batches / accumulation): the last window of an epoch may be short. */
  readonly stepsPerEpoch: number;
  /** The longest padded length: the largest batch that a run can meet, which its memory must hold. */
  readonly largestLength: number;
  /** Rows of an epoch: examples, or packed rows of them. */
  readonly rowsPerEpoch: number;
  /** Each example is a pair of texts, and batches have types. */
  readonly pairs?: boolean;
  /** Padded length of a batch, without building it. */
  lengthAt(epoch: number, index: number): number;
  /** Labels of a batch that count, without building it; more than there are where `paddingQuantile` cuts rows. */
  scoredAt(epoch: number, index: number): number;
  batchAt(epoch: number, index: number): Batch;
  windowAt(epoch: number, step: number): AccumulationWindow;
  /** Share of the places of an epoch's batches that hold a token; the rest is padding. Of the first epoch. */
  fillRatio(): number;
}

/** Keeps the draws of the epochs apart from the split's. */
const epochStream = 0x65706f63;

/**
 * The batches of `examples` as a pure function of the settings and a position, so a resumed run continues bit for bit
 * from (epoch, index) alone.
 */
export function createBatches(examples: RowList<Example>, settings: BatchSettings): Batches {
  const { batchSize, gradAccumulation, dropLast, packing, maxLength, sequencesPerRow = 1 } = settings;
  const lengths = new Int32Array(examples.length);
  const [tokens, scores] = [lengths.slice(), lengths.slice()];
  for (let index = 0; index < examples.length; index++) {
    const size = examples.sizeAt?.(index) ?? sizeOf(examples.at(index)!);
    lengths[index] = sequencesPerRow === 1 ? size.tokens : longestSequence(examples.at(index)!);
    tokens[index] = size.tokens;
    scores[index] = size.scored;
  }
  const packed = packing ? packRows(lengths, maxLength) : null;
  const sums = (values: Int32Array) =>
    packed ? Int32Array.from(packed, (row) => row.reduce((sum, index) => sum + values[index]!, 0)) : values;
  const [rowLengths, rowTokens, rowScores] = [sums(lengths), sums(tokens), sums(scores)];
  const padding: Padding = {
    ...settings,
    batchSize: batchSize * sequencesPerRow,
    buckets: lengthBuckets(rowLengths, batchSize, maxLength),
    paddingQuantile: packing ? 1 : settings.paddingQuantile,
  };
  const sequences = sequencesPerRow === 1 ? examples : new EachSequence(examples, sequencesPerRow);
  const rowsOf = (place: number): readonly (readonly number[])[] => {
    if (packed) return [packed[place]!];
    return Array.from({ length: sequencesPerRow }, (_, sequence) => [place * sequencesPerRow + sequence]);
  };
  const full = rowLengths.length / batchSize;
  const batchesPerEpoch = dropLast ? Math.floor(full) : Math.ceil(full);
  const orderOf = epochOrders(rowLengths.length, settings);

  const placesAt = (epoch: number, index: number): Int32Array => {
    if (index < 0 || index >= batchesPerEpoch) throw new RangeError(`batch ${index} of ${batchesPerEpoch}`);
    return orderOf(epoch).subarray(index * batchSize, (index + 1) * batchSize);
  };
  const batchAt = (epoch: number, index: number) =>
    padBatch(sequences, Array.from(placesAt(epoch, index), rowsOf).flat(), padding);
  const lengthsAt = (epoch: number, index: number) => Array.from(placesAt(epoch, index), (place) => rowLengths[place]!);

  return {
    batchSize: padding.batchSize,
    batchesPerEpoch,
    stepsPerEpoch: Math.ceil(batchesPerEpoch / gradAccumulation),
    largestLength: padding.buckets.at(-1) ?? 0,
    rowsPerEpoch: rowLengths.length,
    pairs: examples.at(0)?.typeStart !== undefined,
    lengthAt: (epoch, index) => paddedLength(lengthsAt(epoch, index), padding).length,
    scoredAt: (epoch, index) => placesAt(epoch, index).reduce((sum, place) => sum + rowScores[place]!, 0),
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
    fillRatio() {
      let [filled, places] = [0, 0];
      for (let index = 0; index < batchesPerEpoch; index++) {
        const { length, limit } = paddedLength(lengthsAt(0, index), padding);
        for (const place of placesAt(0, index)) filled += Math.min(rowTokens[place]!, sequencesPerRow * limit);
        places += padding.batchSize * length;
      }
      return places === 0 ? 0 : filled / places;
    },
  };
}

const sizeOf = (example: Example): ExampleSize => ({
  tokens: example.ids.length,
  scored: scoredTokenCount(example),
});

/** All sequences of examples, each of which has so many. */
class EachSequence implements RowList<Example> {
  constructor(
    private readonly examples: RowList<Example>,
    private readonly perRow: number,
  ) {}

  get length(): number {
    return this.perRow * this.examples.length;
  }

  at(index: number): Example | undefined {
    const example = this.examples.at(Math.floor(index / this.perRow));
    return example && sequencesOf(example)[index % this.perRow];
  }

  *[Symbol.iterator](): Generator<Example> {
    for (const example of this.examples) yield* sequencesOf(example);
  }
}

/** Row order of an epoch; the last one asked for is kept, as batches are mostly read in turn. */
export function epochOrders(
  count: number,
  { shuffle, seed }: Pick<BatchSettings, 'shuffle' | 'seed'>,
): (epoch: number) => Int32Array {
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

/** How rows become a batch. */
export interface Padding extends Pick<BatchSettings, 'batchSize' | 'padId' | 'paddingQuantile' | 'sequencesPerRow'> {
  /** Padded lengths, ascending (`lengthBuckets`). */
  readonly buckets: readonly number[];
}

/** Pads rows, each of the examples that it names, into one batch. */
export function padBatch(examples: RowList<Example>, rows: readonly (readonly number[])[], padding: Padding): Batch {
  const { batchSize, padId, sequencesPerRow } = padding;
  const given = rows.map((row) => row.map((index) => examples.at(index)!));
  const { length, limit } = paddedLength(
    given.map((row) => row.reduce((sum, { ids }) => sum + ids.length, 0)),
    padding,
  );
  const ids = new Int32Array(batchSize * length).fill(padId);
  const labels = new Int32Array(batchSize * length).fill(maskedLabel);
  const isPair = given[0]?.[0]?.typeStart !== undefined;
  const types = new Int32Array(isPair ? batchSize * length : 0);
  let scoredTokens = 0;
  let tokens = 0;
  const lengths = given.map((row, place) => {
    let start = place * length;
    return row.map((example) => {
      const cut = Math.max(0, example.ids.length - limit);
      const kept = example.ids.length - cut;
      ids.set(example.ids.subarray(cut), start);
      // The last token of an example predicts nothing: what follows it in a packed row is another example.
      const shifted = example.labels.subarray(cut + 1);
      labels.set(shifted, start);
      for (const label of shifted) if (label !== maskedLabel) scoredTokens++;
      if (isPair) types.fill(1, start + Math.max(0, example.typeStart! - cut), start + kept);
      tokens += kept;
      start += kept;
      return kept;
    });
  });
  const targets = given.flat().flatMap(({ targets }) => targets ?? []);
  const wanted = targets.length === 0 ? {} : { targets: Float32Array.from(targets) };
  const prompts =
    sequencesPerRow === undefined ? {} : { promptLengths: given.flat().map(({ promptLength }) => promptLength) };
  return {
    rows,
    batchSize,
    length,
    ids,
    labels,
    ...(isPair ? { types } : {}),
    ...wanted,
    lengths,
    ...prompts,
    scoredTokens,
    tokens,
  };
}

/** The bucket of a batch, and how many tokens of a row it keeps. */
function paddedLength(
  lengths: readonly number[],
  { buckets, paddingQuantile }: Pick<Padding, 'buckets' | 'paddingQuantile'>,
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
