/** Rows as token ids, many of them in a few arrays: several objects for each would take more memory than their file. */
import type { AppError } from '../errors.ts';
import { type BuiltExample, type Example, maskedLabel, scoredTokenCount } from './examples.ts';

/** What is read of many rows, whether they lie in an array or are put together when asked for. */
export interface RowList<T> extends Iterable<T> {
  readonly length: number;
  at(index: number): T | undefined;
  /** Of examples: how long each is, where that is known without putting it together. */
  sizeAt?(index: number): ExampleSize;
}

export interface ExampleSize {
  readonly tokens: number;
  /** As `scoredTokenCount`. */
  readonly scored: number;
}

/** Rows that are packed, and handed to another thread, at a time. */
export const rowsOfPiece = 256;

/** What became of the rows of a piece. Plain data where its errors are, since it crosses threads. */
export interface BuiltPiece<Failure = AppError> {
  /** Where the tokens of each row begin, and after the last one their end: `[rows + 1]`. */
  readonly starts: Int32Array;
  readonly ids: Int32Array;
  /** A bit for each token, lowest first: its label is its id; else it is masked. */
  readonly learned: Uint8Array;
  /** In place of the bits, where a label is no id, as of a classifier. */
  readonly labels: { readonly starts: Int32Array; readonly values: Int32Array } | null;
  readonly promptLengths: Int32Array;
  /** Tokens that the row would have without a limit; 0 where it is not truncated. */
  readonly wholeLengths: Int32Array;
  /** `kept` and `cut` of each row. */
  readonly states: Uint8Array;
  /** What is true of few rows, by their place. */
  readonly others: ReadonlyMap<number, OtherParts<Failure>>;
}

/** Has an example, and is said to be truncated: of labelled texts only the example is. */
const [kept, cut] = [1, 2];

interface OtherParts<Failure>
  extends Pick<BuiltExample, 'problem' | 'notes' | 'wholeLength'>,
    Pick<Example, 'targets' | 'sequences' | 'typeStart'> {
  readonly error?: Failure;
}

type Built<Failure> = Omit<BuiltExample, 'error'> & { readonly error?: Failure };

/** What of a piece is handed over to another thread, and not copied. */
export const buffersOf = (piece: BuiltPiece<unknown>): ArrayBuffer[] =>
  [piece.starts, piece.ids, piece.learned, piece.promptLengths, piece.wholeLengths, piece.states]
    .concat(piece.labels ? [piece.labels.starts, piece.labels.values] : [])
    .map(({ buffer }) => buffer as ArrayBuffer);

/** At most `rowsOfPiece` rows as a piece. */
export function packPiece<Failure>(rows: readonly Built<Failure>[]): BuiltPiece<Failure> {
  const starts = ends(rows.map(({ example }) => example?.ids.length ?? 0));
  const ids = new Int32Array(starts.at(-1)!);
  const [promptLengths, wholeLengths] = [new Int32Array(rows.length), new Int32Array(rows.length)];
  const states = new Uint8Array(rows.length);
  const others = new Map<number, OtherParts<Failure>>();
  rows.forEach(({ example, truncated, ...rest }, place) => {
    states[place] = (example ? kept : 0) | (truncated ? cut : 0);
    const { targets, sequences, typeStart } = example ?? {};
    const other = {
      ...rest,
      ...(targets ? { targets } : {}),
      ...(sequences ? { sequences } : {}),
      ...(typeStart === undefined ? {} : { typeStart }),
    };
    if (Object.keys(other).length > 0) others.set(place, other);
    if (!example) return;
    ids.set(example.ids, starts[place]);
    promptLengths[place] = example.promptLength;
    wholeLengths[place] = example.truncated ? (example.wholeLength ?? example.ids.length) : 0;
  });
  const examples = rows.map(({ example }) => example);
  return { starts, ids, ...packedLabels(examples, starts), promptLengths, wholeLengths, states, others };
}

/** 0 and where each of some parts ends, one behind the other. */
function ends(lengths: readonly number[]): Int32Array {
  const all = new Int32Array(lengths.length + 1);
  for (const [place, length] of lengths.entries()) all[place + 1] = all[place]! + length;
  return all;
}

function packedLabels(
  examples: readonly (Example | undefined)[],
  starts: Int32Array,
): Pick<BuiltPiece, 'learned' | 'labels'> {
  if (!examples.every((example) => !example || labelsAreIds(example))) {
    const places = ends(examples.map((example) => example?.labels.length ?? 0));
    const values = new Int32Array(places.at(-1)!);
    examples.forEach((example, place) => {
      if (example) values.set(example.labels, places[place]);
    });
    return { learned: new Uint8Array(0), labels: { starts: places, values } };
  }
  const learned = new Uint8Array(Math.ceil(starts.at(-1)! / 8));
  examples.forEach((example, place) => {
    if (!example) return;
    const { labels } = example;
    const start = starts[place]!;
    for (let index = 0; index < labels.length; index++) {
      const bit = start + index;
      if (labels[index] !== maskedLabel) learned[bit >> 3]! |= 1 << (bit & 7);
    }
  });
  return { learned, labels: null };
}

function labelsAreIds({ ids, labels }: Example): boolean {
  if (ids.length !== labels.length) return false;
  for (let index = 0; index < ids.length; index++)
    if (labels[index] !== maskedLabel && labels[index] !== ids[index]) return false;
  return true;
}

function rowOf(piece: BuiltPiece, place: number): BuiltExample {
  const { targets, sequences, typeStart, ...rest } = piece.others.get(place) ?? {};
  const state = piece.states[place]!;
  const truncated = state & cut ? { truncated: true } : {};
  if (!(state & kept)) return { ...rest, ...truncated };
  const ids = piece.ids.subarray(piece.starts[place], piece.starts[place + 1]);
  const wholeLength = piece.wholeLengths[place]!;
  const example: Example = {
    ids,
    // Most of those who read a row need none.
    get labels() {
      return labelsOf(piece, place, ids);
    },
    ...(targets ? { targets } : {}),
    ...(sequences ? { sequences } : {}),
    ...(typeStart === undefined ? {} : { typeStart }),
    promptLength: piece.promptLengths[place]!,
    truncated: wholeLength > 0,
    ...(wholeLength > 0 ? { wholeLength } : {}),
  };
  return { example, ...rest, ...truncated };
}

function labelsOf({ starts, learned, labels }: BuiltPiece, place: number, ids: Int32Array): Int32Array {
  if (labels) return labels.values.subarray(labels.starts[place], labels.starts[place + 1]);
  const start = starts[place]!;
  const found = new Int32Array(ids.length);
  for (let index = 0; index < found.length; index++) {
    const bit = start + index;
    found[index] = (learned[bit >> 3]! >> (bit & 7)) & 1 ? ids[index]! : maskedLabel;
  }
  return found;
}

function sizeOf({ starts, learned, labels }: BuiltPiece, place: number): ExampleSize {
  const [start, end] = [starts[place]!, starts[place + 1]!];
  let scored = 0;
  if (labels) {
    const { starts: places, values } = labels;
    for (let at = places[place]! + 1; at < places[place + 1]!; at++) if (values[at] !== maskedLabel) scored++;
  } else for (let bit = start + 1; bit < end; bit++) scored += (learned[bit >> 3]! >> (bit & 7)) & 1;
  return { tokens: end - start, scored };
}

/** Rows of pieces, each full but the last one. */
export class BuiltRows implements RowList<BuiltExample> {
  readonly length: number;

  /** @param from the first of the rows that are meant, and the one behind the last */
  constructor(
    private readonly pieces: readonly BuiltPiece[],
    private readonly from: number,
    to: number,
  ) {
    this.length = to - from;
  }

  at(index: number): BuiltExample | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const row = this.from + index;
    return rowOf(this.pieces[Math.floor(row / rowsOfPiece)]!, row % rowsOfPiece);
  }

  sizeAt(index: number): ExampleSize {
    const row = this.from + index;
    return sizeOf(this.pieces[Math.floor(row / rowsOfPiece)]!, row % rowsOfPiece);
  }

  *[Symbol.iterator](): Generator<BuiltExample> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }
}

/** Rows in pieces, made one after another. */
export function packBuilt<Row>(rows: readonly Row[], build: (row: Row) => BuiltExample): BuiltRows {
  const pieces: BuiltPiece[] = [];
  for (let at = 0; at < rows.length; at += rowsOfPiece)
    pieces.push(packPiece(rows.slice(at, at + rowsOfPiece).map(build)));
  return new BuiltRows(pieces, 0, rows.length);
}

/** The examples of the rows that have one. */
export class KeptExamples implements RowList<Example> {
  /** @param rows their places among those built */
  constructor(
    private readonly built: RowList<BuiltExample>,
    private readonly rows: ArrayLike<number>,
  ) {}

  get length(): number {
    return this.rows.length;
  }

  at(index: number): Example | undefined {
    const row = this.rows[index];
    return row === undefined ? undefined : this.built.at(row)?.example;
  }

  sizeAt(index: number): ExampleSize {
    const [row, { built }] = [this.rows[index]!, this];
    if (built.sizeAt) return built.sizeAt(row);
    const example = built.at(row)!.example!;
    return { tokens: example.ids.length, scored: scoredTokenCount(example) };
  }

  *[Symbol.iterator](): Generator<Example> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }
}
