/** The rows of a run one by one: where each lies in its batches, and which are like another. */
import type { Batch, Batches } from '../../../data/batches.ts';
import { type Example, maskedLabel } from '../../../data/examples.ts';
import type { PreparedData } from '../../../tasks/prepared.ts';
import type { Split } from './table.ts';

/** A row from which something is learned, or which validates. */
export interface RunRow {
  readonly split: Split;
  /** Of the row in its file. */
  readonly number: number;
  /** Among the examples of its split. */
  readonly index: number;
  readonly example: Example;
}

/** The batches that hold each row of a split once; null where there are none. */
export const batchesOf = (data: PreparedData, split: Split): Batches | null =>
  split === 'training' ? (data.everyRow?.() ?? null) : data.validation;

/** The rows of a split, in the order of its batches' indices. */
export function rowsOf(data: PreparedData, split: Split): RunRow[] {
  const [set, from] =
    split === 'training' ? [data.trainExamples, data.trainRows] : [data.validationExamples, data.heldRows];
  return Array.from(set.examples, (example, index) => {
    const number = from[set.rows[index]!]!.number ?? index + 1;
    return { split, number, index, example };
  });
}

/** Where an example stands in its batch. */
export interface RowPlace {
  readonly batch: Batch;
  readonly index: number;
  /** The first of its places in the batch, and how many it has. */
  readonly start: number;
  readonly tokens: number;
}

/** The examples of a batch, of which a row may hold several. */
export function placesIn(batch: Batch): RowPlace[] {
  return batch.rows.flatMap((row, place) => {
    let end = place * batch.length;
    return row.map((index, at) => {
      const [start, tokens] = [end, batch.lengths[place]![at]!];
      end += tokens;
      return { batch, index, start, tokens };
    });
  });
}

/** Where an example stands. @throws RangeError where no batch has it */
export function findPlace(batches: Batches, index: number): RowPlace {
  // Without packing, examples stand in their order.
  const guess = Math.floor((index / batches.rowsPerEpoch) * batches.batchesPerEpoch);
  const order = [guess, ...Array.from({ length: batches.batchesPerEpoch }, (_, at) => at)];
  for (const at of order) {
    const found = at < batches.batchesPerEpoch && placesIn(batches.batchAt(0, at)).find((each) => each.index === index);
    if (found) return found;
  }
  throw new RangeError(`no batch has example ${index}`);
}

/** A batch of one example alone, padded to `length`. */
export function aloneIn({ batch, start, tokens }: RowPlace, length: number, padId: number): Batch {
  const own = <T extends Int32Array>(values: T, padding: number): Int32Array => {
    const all = new Int32Array(length).fill(padding);
    all.set(values.subarray(start, start + tokens));
    return all;
  };
  const labels = own(batch.labels, maskedLabel);
  return {
    rows: [[0]],
    ...{ batchSize: 1, length, labels },
    ids: own(batch.ids, padId),
    ...(batch.types ? { types: own(batch.types, 0) } : {}),
    lengths: [[tokens]],
    scoredTokens: scoredIn(labels),
    tokens,
  };
}

/** Labels that count. */
export const scoredIn = (labels: Int32Array): number =>
  labels.reduce((sum, label) => sum + Number(label !== maskedLabel), 0);

/** Rows that stand more than once, and rows that ask the same and are answered otherwise. */
export interface AlikeRows {
  readonly repeated: ReadonlySet<RunRow>;
  readonly contradicting: ReadonlySet<RunRow>;
}

/**
 * Which rows are like another of the same split. Two contradict each other where the model reads the same before what is
 * learned (of a label: the same text) and is to learn otherwise.
 */
export function alikeRows(rows: readonly RunRow[], learnsLabels: boolean): AlikeRows {
  const repeated = new Set<RunRow>();
  const contradicting = new Set<RunRow>();
  for (const same of alike(rows, ({ ids, labels }) => [ids, labels]))
    if (same.length > 1) for (const row of same) repeated.add(row);
  const asking = rows.filter(({ example }) => learnsLabels || example.promptLength > 0);
  for (const asked of alike(asking, ({ ids, promptLength }) => [learnsLabels ? ids : ids.subarray(0, promptLength)])) {
    if (asked.length === 1) continue;
    const answers = alike(asked, ({ ids, labels, promptLength }) => [
      learnsLabels ? labels : ids.subarray(promptLength),
    ]);
    if (answers.length > 1) for (const row of asked) contradicting.add(row);
  }
  return { repeated, contradicting };
}

/**
 * The rows of each split in groups of those whose numbers are the same. By a hash of 32 bits first, and then one by one: the
 * numbers of all rows as keys would be several times the table.
 */
function alike(rows: readonly RunRow[], numbersOf: (example: Example) => readonly Int32Array[]): RunRow[][] {
  const byHash = new Map<number, RunRow[][]>();
  for (const row of rows) {
    const numbers = numbersOf(row.example);
    const hash = hashOf(numbers);
    const groups = byHash.get(hash) ?? [];
    byHash.set(hash, groups);
    const group = groups.find(([first]) => first!.split === row.split && areEqual(numbersOf(first!.example), numbers));
    if (group) group.push(row);
    else groups.push([row]);
  }
  return [...byHash.values()].flat();
}

/** FNV-1a over whole numbers, with their counts, so that it tells where one list ends. */
function hashOf(lists: readonly Int32Array[]): number {
  let hash = 0x811c9dc5;
  const add = (value: number) => {
    hash = Math.imul(hash ^ value, 0x01000193);
    hash ^= hash >>> 15;
  };
  for (const list of lists) {
    add(list.length);
    for (const value of list) add(value);
  }
  return hash;
}

const areEqual = (one: readonly Int32Array[], other: readonly Int32Array[]): boolean =>
  one.every(
    (list, at) => list.length === other[at]!.length && list.every((value, place) => value === other[at]![place]),
  );
