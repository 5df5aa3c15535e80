import { type Batch, padBatch } from '../../data/batches.ts';
import { type Example, maskedLabel } from '../../data/examples.ts';
import { withTarget } from '../../data/labelled-examples.ts';
import { AppError } from '../../errors.ts';
import { type Model, requireTextModel } from '../../models/model.ts';
import type { AskedIds } from '../answers.ts';

/** Padded lengths are multiples of this, so that texts of like length share a program. */
const lengthStep = 16;

/**
 * Texts that a model is asked about, as batches: where each is read from one token, a label stands there and says nothing.
 * Sequences of token ids are taken `batchSize` side by side; all are pairs, or none.
 * @param virtual positions that an adapter's tokens take
 * @throws AppError 'task-unsupported' for a model that writes; 'prompt-too-long'
 */
export function textQuestions(model: Model, sequences: readonly AskedIds[], batchSize: number, virtual = 0): Batch[] {
  const { classifier, masked, sentence, modelType, tablePositions } = requireTextModel(model);
  if (!classifier && !masked && !sentence)
    throw new AppError('task-unsupported', { modelType, task: 'classification' });
  const limit = tablePositions - virtual;
  const tooLong = sequences.find(({ ids }) => ids.length === 0 || ids.length > limit);
  if (tooLong) throw new AppError('prompt-too-long', { tokens: tooLong.ids.length, limit });
  const pooled = classifier?.pooled;
  const examples = sequences.map(({ ids, typeStart }) => ({
    ...(pooled ? withTarget(ids, { label: 0 }, pooled) : withoutLabels(ids)),
    ...(typeStart === undefined ? {} : { typeStart }),
  }));
  return Array.from({ length: Math.ceil(examples.length / batchSize) }, (_, index) => {
    const batch = examples.slice(index * batchSize, (index + 1) * batchSize);
    const longest = Math.max(...batch.map(({ ids }) => ids.length));
    const length = Math.min(limit, Math.ceil(longest / lengthStep) * lengthStep);
    const rows = batch.map((_, row) => [row]);
    return padBatch(batch, rows, { batchSize, padId: 0, paddingQuantile: 1, buckets: [length] });
  });
}

const withoutLabels = (ids: readonly number[] | Int32Array): Example => ({
  ids: Int32Array.from(ids),
  labels: new Int32Array(ids.length).fill(maskedLabel),
  promptLength: ids.length,
  truncated: false,
});
