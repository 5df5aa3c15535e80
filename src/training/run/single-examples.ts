/** Batches in which one example alone is scored. */
import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';

/** Where an example stands in its batch. */
interface Place {
  readonly batch: Batch;
  /** The first of its tokens and the place after its last. */
  readonly start: number;
  readonly end: number;
  readonly scored: number;
}

/**
 * For `count` examples at most a batch of the same shape each, so that the same programs run it, in which only that one
 * has labels: its loss is the batch's. One of each batch comes before a second of any, so that a first part of them is
 * spread as the batches are. Examples without labels are left out.
 */
export function singleExamples(batches: readonly Batch[], count: number): (() => Batch)[] {
  const places = batches.map(placesIn);
  const most = Math.max(0, ...places.map(({ length }) => length));
  const inTurn = Array.from({ length: most }, (_, turn) => places.flatMap((each) => each[turn] ?? [])).flat();
  return inTurn.slice(0, count).map((place) => () => scoredAlone(place));
}

function placesIn(batch: Batch): Place[] {
  const places = batch.lengths.flatMap((row, index) => {
    let end = index * batch.length;
    return row.map((length): Place => {
      const start = end;
      end += length;
      const scored = batch.labels.subarray(start, end).filter((label) => label !== maskedLabel).length;
      return { batch, start, end, scored };
    });
  });
  return places.filter(({ scored }) => scored > 0);
}

function scoredAlone({ batch, start, end, scored }: Place): Batch {
  const labels = new Int32Array(batch.labels.length).fill(maskedLabel);
  labels.set(batch.labels.subarray(start, end), start);
  return { ...batch, labels, scoredTokens: scored };
}
