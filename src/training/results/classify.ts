/** What a classifier says of texts and pictures. */

import type { AskedIds } from '../../tasks/answers.ts';
import { pictureQuestion } from '../../tasks/pictures/questions.ts';
import { textQuestions } from '../../tasks/texts/questions.ts';
import type { Side } from '../programs/programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import { answerBatch, answerRows } from './answer-batch.ts';

/**
 * The logits of each sequence of token ids (all pairs of texts, or none), f32 [outputs], by the published model or as it is tuned. Sequences are taken
 * one batch at a time, `batchSize` side by side.
 * @throws AppError 'task-unsupported' for a model that is no classifier; 'prompt-too-long'
 */
export async function classifyTokens(
  session: ModelSession,
  sequences: readonly AskedIds[],
  side: Side,
  batchSize = 1,
): Promise<Float32Array[]> {
  const virtual = side === 'tuned' ? session.tuning?.adapter?.virtualTokens?.count : undefined;
  return answerRows(session, textQuestions(session.open.model, sequences, batchSize, virtual), side);
}

/**
 * The logits of a picture that was cut to what the model sees, f32 [classes], by the published model or as it is tuned.
 * @throws AppError 'task-unsupported' for a model that reads text
 */
export const classifyPicture = async (session: ModelSession, pixels: Uint8Array, side: Side): Promise<Float32Array> =>
  answerBatch(session, pictureQuestion(session.open.model, pixels), side);
