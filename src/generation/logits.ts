import { padBatch } from '../data/batches.ts';
import { AppError } from '../errors.ts';
import { taskOfModel } from '../tasks/registry.ts';
import { answerBatch } from '../training/results/answer-batch.ts';
import { classifyTokens } from '../training/results/classify.ts';
import type { ModelSession } from '../training/session/model-session.ts';
import { writerOf } from './writer.ts';

/**
 * What a model says of one sequence as it is tuned: `sequenceLogits`, or of a classifier its logits f32 [outputs].
 * @param typeStart of a pair of texts, as `Example.typeStart`
 */
export const modelLogits = async (
  session: ModelSession,
  ids: readonly number[],
  typeStart?: number,
): Promise<Float32Array> =>
  taskOfModel(session.open.model).answers
    ? (await classifyTokens(session, [{ ids, typeStart }], 'tuned'))[0]!
    : sequenceLogits(session, ids);

/**
 * Logits of every position of one sequence, f32 [ids.length, vocabulary], of the model as it is tuned.
 * @throws AppError 'task-unsupported' for a model that says labels; 'prompt-too-long'; 'usage' for an id outside
 * the vocabulary
 */
export async function sequenceLogits(session: ModelSession, ids: readonly number[]): Promise<Float32Array> {
  const { tuning } = session;
  const model = writerOf(session);
  const virtual = tuning?.adapter?.virtualTokens;
  const limit = model.tablePositions - (virtual?.count ?? 0);
  if (ids.length === 0 || ids.length > limit) throw new AppError('prompt-too-long', { tokens: ids.length, limit });
  const stranger = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabularySize);
  if (stranger !== undefined) {
    throw new AppError('usage', {
      reason: `Token id ${stranger} is not in the vocabulary of ${model.vocabularySize}.`,
    });
  }
  const example = { ids: Int32Array.from(ids), labels: Int32Array.from(ids), promptLength: 0, truncated: false };
  const padding = { batchSize: 1, padId: 0, paddingQuantile: 1, buckets: [ids.length] };
  const logits = await answerBatch(session, padBatch([example], [[0]], padding), 'tuned');
  // Virtual tokens that are rows come first, and their logits are of no interest.
  return logits.subarray(logits.length - ids.length * model.vocabularySize);
}
