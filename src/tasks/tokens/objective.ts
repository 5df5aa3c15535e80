import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { Model } from '../../models/model.ts';
import type { Objective } from '../objective.ts';
import { indexOfLargest, type Scores } from '../scores.ts';
import { writingObjective } from '../writing/objective.ts';
import { scoresOf } from './entities.ts';

/** Rows of the head come in multiples of this, so that batches share programs. */
const scoredRowsStep = 64;

/** One of the classes for each token that has a label: the loss of writing, over tags in place of the vocabulary. */
export const tokensObjective: Objective = {
  ...writingObjective,
  scoredRows: (scored) => Math.max(1, Math.ceil(scored / scoredRowsStep)) * scoredRowsStep,
  scores,
};

/** @param logitsOf of a batch, for its places with a label in their order */
function scores({ classifier }: Model, batches: readonly Batch[], logitsOf: (index: number) => Float32Array): Scores {
  const { names, outputs } = classifier!;
  const nameOf = (index: number) => names[index] ?? `LABEL_${index}`;
  const rows = batches.flatMap((batch, index) => {
    const logits = logitsOf(index);
    let next = 0;
    return labelsOf(batch).map((labels) => ({
      wanted: labels.map(nameOf),
      given: labels.map(() => nameOf(indexOfLargest(logits.subarray(next * outputs, ++next * outputs)))),
    }));
  });
  return scoresOf(rows, names);
}

/** The labels of each text of a batch, of which a row may hold several. */
function labelsOf({ labels, lengths, length }: Batch): number[][] {
  return lengths.flatMap((texts, row) => {
    let end = row * length;
    return texts.map((tokens) => {
      const begin = end;
      end += tokens;
      return [...labels.subarray(begin, end)].filter((label) => label !== maskedLabel);
    });
  });
}
