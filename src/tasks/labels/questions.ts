import { type Batch, padBatch } from '../../data/batches.ts';
import { withTarget } from '../../data/labelled-examples.ts';
import { AppError } from '../../errors.ts';
import type { Model } from '../../models/model.ts';

/** Padded lengths are multiples of this, so that texts of like length share a program. */
const lengthStep = 16;

/**
 * Texts that a model is asked about, as batches: the label of each stands where it is to be read, and says nothing.
 * Sequences of token ids are taken `batchSize` side by side.
 * @param virtual positions that an adapter's tokens take
 * @throws AppError 'task-unsupported' for a model that is no classifier; 'prompt-too-long'
 */
export function textQuestions(
  { classifier, modelType, tablePositions }: Model,
  sequences: readonly (readonly number[] | Int32Array)[],
  batchSize: number,
  virtual = 0,
): Batch[] {
  if (classifier?.pooled === undefined) throw new AppError('task-unsupported', { modelType, task: 'classification' });
  const limit = tablePositions - virtual;
  const tooLong = sequences.find(({ length }) => length === 0 || length > limit);
  if (tooLong) throw new AppError('prompt-too-long', { tokens: tooLong.length, limit });
  const { pooled } = classifier;
  const examples = sequences.map((ids) => withTarget(ids, { label: 0 }, pooled));
  return Array.from({ length: Math.ceil(examples.length / batchSize) }, (_, index) => {
    const batch = examples.slice(index * batchSize, (index + 1) * batchSize);
    const longest = Math.max(...batch.map(({ ids }) => ids.length));
    const length = Math.min(limit, Math.ceil(longest / lengthStep) * lengthStep);
    const rows = batch.map((_, row) => [row]);
    return padBatch(batch, rows, { batchSize, padId: 0, paddingQuantile: 1, buckets: [length] });
  });
}
