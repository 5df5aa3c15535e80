import { type AttentionRanges, attentionRanges, exampleRanges, idOrder } from '../data/attention-ranges.ts';
import type { Batch } from '../data/batches.ts';
import { maskedLabel } from '../data/examples.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { type Model, rangeInputs } from '../models/model.ts';
import type { Feeds } from '../plan/executor.ts';
import type { VirtualTokens } from '../tuning/method.ts';
import { wholeRangeFeeds } from '../tuning/whole-range.ts';

/** The inputs that a program reads, by name, with how many numbers each takes. */
export type InputSizes = ReadonlyMap<string, number>;

export function inputSizes({ nodes }: Graph): InputSizes {
  const sizes = new Map<string, number>();
  for (const node of nodes)
    if (node.op === 'input') sizes.set(node.attributes.name, elementCount(node.outputs[0]!.shape));
  return sizes;
}

/**
 * The inputs of a padded batch that a program wants: tokens, shifted labels, positions and attention ranges. `virtual`:
 * the tokens that an adapter puts before each row.
 */
export function batchFeeds(model: Model, batch: Batch, wanted: InputSizes, virtual?: VirtualTokens): Feeds {
  if (batch.pixels) return onlyWanted({ pixels: batch.pixels, labels: batch.labels }, wanted);
  const ranges = rangeFeeds(model, batch, virtual);
  const feeds: Record<string, Int32Array> = {
    ids: batch.ids,
    labels: labelsAfter(batch, virtual, model),
    ...ranges,
    tokenType,
  };
  if (wanted.has('idOrder')) feeds.idOrder = idOrder(batch.ids);
  if (wanted.has('positionOrder')) feeds.positionOrder = idOrder(feeds.positions!);
  const scoredRows = wanted.get('scoredRows');
  if (scoredRows !== undefined) Object.assign(feeds, scoredFeeds(feeds.labels!, scoredRows));
  return fedTo(wanted, { ...feeds, ...targetFeeds(batch, feeds.labels!, wanted) });
}

/** BERT's token type: a text is one segment. */
export const tokenType = Int32Array.of(0);

/** The numbers wanted of each text, and 1 for each text that there is. */
function targetFeeds({ targets }: Batch, labels: Int32Array, wanted: InputSizes): Record<string, Float32Array> {
  const size = wanted.get('targets');
  if (size === undefined) return {};
  const all = new Float32Array(size);
  all.set(targets ?? []);
  return { targets: all, weights: Float32Array.from(labels, (label) => (label === maskedLabel ? 0 : 1)) };
}

type Rows = Pick<Batch, 'batchSize' | 'length' | 'lengths' | 'ids'>;

/** Positions, and the ranges of every kind of layer. */
export function rangeFeeds(model: Model, rows: Rows, virtual?: VirtualTokens): Record<string, Int32Array> {
  const feeds: Record<string, Int32Array> = {};
  for (const { keyRange, queryRange, window } of rangeInputs(model)) {
    const ranges = rangesAfter(rows, { window, causal: model.causal }, virtual);
    feeds[keyRange] = ranges.keyRange;
    feeds[queryRange] = ranges.queryRange;
    feeds.positions = ranges.positions;
  }
  // Where virtual tokens come as rows, transformers sees no ids and counts everything.
  if (model.paddingId !== undefined && virtual?.as !== 'rows') skipPadding(feeds.positions!, rows, model.paddingId);
  return feeds;
}

/** Takes the places of padding tokens, which a text may hold, out of the count; they themselves are at −1. */
function skipPadding(positions: Int32Array, { ids, length }: Rows, paddingId: number): void {
  let skipped = 0;
  for (const [place, id] of ids.entries()) {
    if (place % length === 0) skipped = 0;
    if (id === paddingId) skipped++;
    positions[place] = id === paddingId ? -1 : positions[place]! - skipped;
  }
}

function rangesAfter(
  batch: Rows,
  sight: { readonly window: number | undefined; readonly causal: boolean },
  virtual: VirtualTokens | undefined,
): AttentionRanges {
  if (virtual === undefined) return exampleRanges(batch.lengths, { ...batch, ...sight });
  const { count, as } = virtual;
  const lengths = Array.from({ length: batch.batchSize }, (_, row) => count + (batch.lengths[row]?.[0] ?? 0));
  const keys = count + batch.length;
  if (as === 'rows') {
    const rows = lengths.map((length) => [length]);
    return exampleRanges(rows, { batchSize: batch.batchSize, length: keys, ...sight });
  }
  const firstPositions = lengths.map(() => count);
  const layout = { sequences: batch.batchSize, queries: batch.length, keys, firstPositions, keyLengths: lengths };
  return attentionRanges({ ...layout, ...sight });
}

/** Virtual tokens that are rows have no label; but an encoder reads a text's label at the first row, whatever it is. */
const labelsAfter = (batch: Batch, virtual: VirtualTokens | undefined, { classifier }: Pick<Model, 'classifier'>) =>
  placesAfter(
    batch,
    batch.labels,
    virtual,
    (count) => new Int32Array(count).fill(maskedLabel),
    classifier ? 0 : undefined,
  );

/**
 * The values of a batch's places behind the virtual tokens of each row, which have those that `make` gives. `offset` is
 * where in a row they begin: by default behind those tokens.
 */
function placesAfter<T extends Int32Array | Float32Array>(
  { length, batchSize }: Batch,
  values: T,
  virtual: VirtualTokens | undefined,
  make: (count: number) => T,
  offset = virtual?.count ?? 0,
): T {
  if (virtual?.as !== 'rows') return values;
  const width = virtual.count + length;
  const all = make(batchSize * width);
  for (let row = 0; row < batchSize; row++)
    all.set(values.subarray(row * length, (row + 1) * length), row * width + offset);
  return all;
}

/**
 * The input `lossScale` of a batch: `share` as it is where it is one number, and where it has one for each place (as
 * `lossShares` gives it), those of the rows that the program scores.
 */
export function lossScaleFeed(
  batch: Batch,
  share: Float32Array,
  wanted: InputSizes,
  virtual?: VirtualTokens,
): Float32Array {
  if (share.length === 1) return share;
  const all = placesAfter(batch, share, virtual, (count) => new Float32Array(count));
  const scoredRows = wanted.get('scoredRows');
  if (scoredRows === undefined) return all;
  const rows = scoredFeeds(labelsAfter(batch, virtual, {}), scoredRows).scoredRows!;
  return Float32Array.from(rows, (row) => all[row]!);
}

/** The tokens that have a label, and their labels; places beyond them name the first token and score nothing. */
function scoredFeeds(all: Int32Array, count: number): Record<string, Int32Array> {
  const scoredRows = new Int32Array(count);
  const labels = new Int32Array(count).fill(maskedLabel);
  let next = 0;
  for (const [row, label] of all.entries()) {
    if (label === maskedLabel) continue;
    if (next === count) throw new RangeError(`more than ${count} tokens have a label`);
    scoredRows[next] = row;
    labels[next++] = label;
  }
  return { scoredRows, labels, scoredOrder: idOrder(scoredRows) };
}

/** What a program reads of these inputs, and the ranges that follow from its own shape. */
export function fedTo(wanted: InputSizes, feeds: Feeds): Feeds {
  return { ...onlyWanted(feeds, wanted), ...wholeRangeFeeds(wanted) };
}

export function onlyWanted<T>(feeds: Readonly<Record<string, T>>, wanted: Pick<InputSizes, 'has'>): Record<string, T> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
}
