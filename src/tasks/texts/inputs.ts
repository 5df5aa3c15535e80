/** What programs read of a batch of texts. */
import {
  type AttentionRanges,
  attentionRanges,
  exampleRanges,
  idOrder,
  exampleStarts as startsOf,
} from '../../data/attention-ranges.ts';
import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import { type Model, rangeInputs, requireTextModel, type TextModel } from '../../models/model.ts';
import type { VirtualTokens } from '../../tuning/method.ts';
import { type BatchInput, filledInputs, type InputSizes, type InputValues } from '../inputs.ts';

/** A batch with what several inputs follow from. */
export interface TextBatch {
  readonly batch: Batch;
  /** Positions, the ranges of every kind of layer, and where each row's example begins. */
  readonly ranges: Readonly<Record<string, Int32Array>>;
  /** Of the places that the head sees. */
  readonly labels: Int32Array;
  /** The places that have a label, where the head sees only those; else of no length. */
  readonly scored: Int32Array;
  readonly virtual: VirtualTokens | undefined;
  /** Rows of virtual tokens before the tokens of each row. */
  readonly virtualRows: number;
  readonly wanted: InputSizes;
}

type TextInput = BatchInput<TextBatch>;

export const ids: TextInput = { name: 'ids', dtype: 'i32', fill: ({ batch }) => batch.ids };
export const positions: TextInput = { name: 'positions', dtype: 'i32', fill: ({ ranges }) => ranges.positions! };
export const tokenOrder: TextInput = { name: 'idOrder', dtype: 'i32', fill: ({ batch }) => idOrder(batch.ids) };
export const positionOrder: TextInput = {
  name: 'positionOrder',
  dtype: 'i32',
  fill: ({ ranges }) => idOrder(ranges.positions!),
};
export const exampleStarts: TextInput = {
  name: 'exampleStarts',
  dtype: 'i32',
  fill: ({ ranges }) => ranges.exampleStarts!,
};
export const labels: TextInput = { name: 'labels', dtype: 'i32', fill: (text) => text.labels };
export const scoredRows: TextInput = { name: 'scoredRows', dtype: 'i32', fill: ({ scored }) => scored };
export const scoredOrder: TextInput = { name: 'scoredOrder', dtype: 'i32', fill: ({ scored }) => idOrder(scored) };

/** From where to where each text of a batch lies, with the virtual tokens before it; a row may hold several. */
const spansOf = ({ lengths, length }: Batch, virtualRows: number): [begin: number, end: number][] =>
  lengths.flatMap((texts, row) => {
    let end = row * (virtualRows + length);
    return texts.map((tokens) => {
      const begin = end;
      end += virtualRows + tokens;
      return [begin, end] as [number, number];
    });
  });

/** What each place counts in the mean that is read of each text with a label, in the order of those labels. */
export const textShares: TextInput = {
  name: 'textShares',
  dtype: 'f32',
  fill({ batch, scored, labels: wanted, virtualRows }) {
    const rows = batch.batchSize * (virtualRows + batch.length);
    const shares = new Float32Array(scored.length * rows);
    const texts = spansOf(batch, virtualRows);
    for (const [index, place] of scored.entries()) {
      if (wanted[index] === maskedLabel) continue;
      const [begin, end] = texts.find(([, end]) => place < end)!;
      shares.fill(1 / (end - begin), index * rows + begin, index * rows + end);
    }
    return shares;
  },
};

/** The type of every token where a text is one segment, or the model has but one. The `embedTypes` seam declares it. */
const oneType: TextInput = { name: 'tokenType', dtype: 'i32', fill: () => Int32Array.of(0) };

/** The type of each token of pairs; virtual tokens that are rows have the first. */
const typesOf = ({ batch, virtual }: TextBatch): Int32Array =>
  placesAfter(batch, batch.types ?? new Int32Array(batch.ids.length), virtual, (count) => new Int32Array(count));
export const tokenTypes: TextInput = { name: 'tokenTypes', dtype: 'i32', fill: typesOf };
export const typeOrder: TextInput = { name: 'typeOrder', dtype: 'i32', fill: (text) => idOrder(typesOf(text)) };

/** The numbers wanted of each text, and 1 for each text that there is. */
export const targets: TextInput = {
  name: 'targets',
  dtype: 'f32',
  fill({ batch, wanted }) {
    const all = new Float32Array(wanted.get('targets')!);
    all.set(batch.targets ?? []);
    return all;
  },
};
export const weights: TextInput = {
  name: 'weights',
  dtype: 'f32',
  fill: (text) => Float32Array.from(text.labels, (label) => (label === maskedLabel ? 0 : 1)),
};

const everywhere = [
  ids,
  positions,
  tokenOrder,
  positionOrder,
  exampleStarts,
  labels,
  scoredRows,
  scoredOrder,
  textShares,
  oneType,
  tokenTypes,
  typeOrder,
];

/** Rows of a model's table of distances, as many as its program has. */
const distancesOf = ({ distanceRows }: TextModel): TextInput[] => {
  if (!distanceRows) return [];
  const fill = ({ wanted }: TextBatch) => distanceRows((wanted.get('distanceRows')! + 1) / 2);
  return [
    { name: 'distanceRows', dtype: 'i32', fill },
    { name: 'distanceOrder', dtype: 'i32', fill: (text) => idOrder(fill(text)) },
  ];
};

/** The attention ranges, whose names are the model's. */
const rangesOf = (model: TextModel): TextInput[] =>
  rangeInputs(model)
    .flatMap(({ keyRange, queryRange }) => [keyRange, queryRange])
    .map((name) => ({ name, dtype: 'i32', fill: ({ ranges }) => ranges[name]! }));

/**
 * What a program reads of a batch of texts: the inputs of all text tasks, and `more`.
 * @param labelOffset where in a row the labels begin, behind virtual tokens that are rows
 * @throws AppError 'task-unsupported' for a model that looks at images
 */
export function textFeeds(
  given: Model,
  batch: Batch,
  { wanted, virtual, labelOffset }: { wanted: InputSizes; virtual: VirtualTokens | undefined; labelOffset?: number },
  more: readonly TextInput[] = [],
): Record<string, InputValues> {
  const model = requireTextModel(given);
  const all = labelsAfter(batch, virtual, labelOffset);
  const room = roomFor(wanted, all.length);
  const [scored, labels] = room === undefined ? [new Int32Array(0), all] : scoredPlaces(all, room);
  const virtualRows = virtual?.as === 'rows' ? virtual.count : 0;
  const text: TextBatch = {
    batch,
    wanted,
    labels,
    scored,
    virtual,
    virtualRows,
    ranges: rangeFeeds(model, batch, virtual),
  };
  return filledInputs([...everywhere, ...rangesOf(model), ...distancesOf(model), ...more], text, wanted);
}

/** How many places with a label a program reads of so many rows; undefined where it reads all rows. */
const roomFor = (wanted: InputSizes, rows: number): number | undefined =>
  wanted.has('textShares') ? wanted.get('textShares')! / rows : wanted.get('scoredRows');

type Rows = Pick<Batch, 'batchSize' | 'length' | 'lengths' | 'ids'>;

/** Positions, the ranges of every kind of layer, and where each row's example begins. */
export function rangeFeeds(model: TextModel, rows: Rows, virtual?: VirtualTokens): Record<string, Int32Array> {
  const feeds: Record<string, Int32Array> = {};
  for (const { keyRange, queryRange, window } of rangeInputs(model)) {
    const ranges = rangesAfter(rows, { window, causal: model.causal }, virtual);
    feeds[keyRange] = ranges.keyRange;
    feeds[queryRange] = ranges.queryRange;
    feeds.positions = ranges.positions;
  }
  feeds.exampleStarts = startsAfter(rows, virtual);
  // Where virtual tokens come as rows, transformers sees no ids and counts everything.
  if (model.paddingId !== undefined && virtual?.as !== 'rows') skipPadding(feeds.positions!, rows, model.paddingId);
  return feeds;
}

/** Takes the places of padding tokens, which a text may hold, out of the count; they themselves are at −1. */
function skipPadding(places: Int32Array, { ids: tokens, length }: Rows, paddingId: number): void {
  let skipped = 0;
  for (const [place, id] of tokens.entries()) {
    if (place % length === 0) skipped = 0;
    if (id === paddingId) skipped++;
    places[place] = id === paddingId ? -1 : places[place]! - skipped;
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

/** A learned prompt and the example behind it are one. */
function startsAfter(batch: Rows, virtual: VirtualTokens | undefined): Int32Array {
  if (virtual?.as !== 'rows') return startsOf(batch.lengths, batch);
  const lengths = batch.lengths.map(([length = 0]) => [virtual.count + length]);
  return startsOf(lengths, { ...batch, length: virtual.count + batch.length });
}

/** Virtual tokens that are rows have no label. */
const labelsAfter = (batch: Batch, virtual: VirtualTokens | undefined, offset?: number): Int32Array =>
  placesAfter(batch, batch.labels, virtual, (count) => new Int32Array(count).fill(maskedLabel), offset);

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
  const room = wanted.get('scoredRows');
  if (room === undefined) return all;
  const [places] = scoredPlaces(labelsAfter(batch, virtual), room);
  return Float32Array.from(places, (place) => all[place]!);
}

/** The places that have a label, and their labels; what is beyond them names the first place and scores nothing. */
function scoredPlaces(all: Int32Array, count: number): [places: Int32Array, labels: Int32Array] {
  const places = new Int32Array(count);
  const found = new Int32Array(count).fill(maskedLabel);
  let next = 0;
  for (const [place, label] of all.entries()) {
    if (label === maskedLabel) continue;
    if (next === count) throw new RangeError(`more than ${count} tokens have a label`);
    places[next] = place;
    found[next++] = label;
  }
  return [places, found];
}
