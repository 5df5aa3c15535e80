/** How a run ended and what was seen of it: kept beside its metrics, for the verdict. */
import type { Example, ExampleSet } from '../../data/examples.ts';
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
  const cut = trainExamples.examples.filter(({ truncated }) => truncated);
  return {
    training: counts.training,
    held: counts.validation,
    cut: cut.length,
    longest: cut.reduce((longest, { wholeLength = 0 }) => Math.max(longest, wholeLength), 0),
    shared: sharedRows(trainExamples, validationExamples),
    classes: labels === null || trainExamples.examples.length === 0 ? null : classCount(trainExamples),
  };
}

/** Held-out examples of which every token and target is that of a training example. */
function sharedRows(trained: ExampleSet, held: ExampleSet): number {
  const keyOf = ({ ids, labels, targets }: Example) => `${ids.join()}/${labels.join()}/${targets?.join() ?? ''}`;
  const known = new Set(trained.examples.map(keyOf));
  return held.examples.filter((example) => known.has(keyOf(example))).length;
}

function classCount({ examples }: ExampleSet): number | null {
  if (examples.some(({ targets }) => targets !== undefined)) return null;
  const seen = new Set<number>();
  for (const { labels } of examples) for (const label of labels) if (label !== maskedLabel) seen.add(label);
  return seen.size;
}
