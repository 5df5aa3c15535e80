/** How a run ended and what was seen of it: kept beside its metrics, for the verdict. */
import type { ExampleSet } from '../../data/example-set.ts';
import type { Example } from '../../data/examples.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { HeldOut } from '../../tasks/held-out.ts';
import type { PreparedData } from '../../tasks/prepared.ts';

/** Plain JSON. */
export interface Outcome {
  readonly reason: 'finished' | 'stopped' | 'stopped-early' | 'failed';
  /** Updates done. */
  readonly step: number;
  /** Step of the weights that are the result. */
  readonly resultStep: number;
  /** The error of a run that failed. */
  readonly code?: string;
  readonly rows: RowFacts;
  /** A peak learning rate that usually works for its model and method. */
  readonly usualRate: number;
  /** Null where none was answered. */
  readonly heldOut: HeldOut | null;
}

/** What is known of the rows, beside what they say. */
export interface RowFacts {
  readonly training: number;
  readonly held: number;
  /** Training rows that were cut, of which the longest has so many tokens, 0 where none was. */
  readonly cut: number;
  readonly longest: number;
  /** Held-out rows that stand in training, too. */
  readonly shared: number;
  /** Classes that training rows have; null where there are none, or more than one for each row. */
  readonly classes: number | null;
}

export function rowFacts({ trainExamples, validationExamples, counts, labels }: PreparedData): RowFacts {
  let [cut, longest] = [0, 0];
  for (const { truncated, wholeLength = 0 } of trainExamples.examples) {
    cut += Number(truncated);
    longest = Math.max(longest, wholeLength);
  }
  return {
    training: counts.training,
    held: counts.validation,
    cut,
    longest,
    shared: sharedRows(trainExamples, validationExamples),
    classes: labels === null || trainExamples.examples.length === 0 ? null : classCount(trainExamples),
  };
}

/** Held-out examples of which every token and target is that of a training example. */
function sharedRows(trained: ExampleSet, held: ExampleSet): number {
  const keyOf = ({ ids, labels, targets }: Example) => `${ids.join()}/${labels.join()}/${targets?.join() ?? ''}`;
  // Of training rows, which may be many, only those have a key that may be among the others.
  const sums = new Set<number>();
  for (const example of held.examples) sums.add(sumOf(example));
  const known = new Set<string>();
  for (const example of trained.examples) if (sums.has(sumOf(example))) known.add(keyOf(example));
  let shared = 0;
  for (const example of held.examples) shared += Number(known.has(keyOf(example)));
  return shared;
}

/** The same for the same tokens, and seldom for others. */
function sumOf({ ids }: Example): number {
  let sum = ids.length;
  for (const id of ids) sum = (Math.imul(sum, 31) + id) | 0;
  return sum;
}

function classCount({ examples }: ExampleSet): number | null {
  const seen = new Set<number>();
  for (const { labels, targets } of examples) {
    if (targets !== undefined) return null;
    for (const label of labels) if (label !== maskedLabel) seen.add(label);
  }
  return seen.size;
}
