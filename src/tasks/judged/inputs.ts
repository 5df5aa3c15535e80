/**
 * What programs read of a batch of judged answers, beside its texts: each row is an answer, or row 2p is one and 2p + 1 its
 * prompt's other one.
 */

import type { Batch } from '../../data/batches.ts';
import type { BatchInput } from '../inputs.ts';
import { reference, sequencePlaces } from '../preference/inputs.ts';
import type { TextBatch } from '../texts/inputs.ts';

type AnswerInput = BatchInput<TextBatch>;

/** Answers of a batch; an incomplete last one has fewer than it has room for. */
export const answersIn = ({ targets }: Pick<Batch, 'targets'>): number => targets!.length;

/** A number for each answer of a batch, 0 where it has fewer than room for, f32 [answers, 1]. */
const eachAnswer = (name: string, of: (isGood: boolean, answers: number) => number): AnswerInput => ({
  name,
  dtype: 'f32',
  fill({ batch }) {
    const answers = answersIn(batch);
    const all = new Float32Array((batch.batchSize * answers) / batch.rows.length);
    for (let answer = 0; answer < answers; answer++) all[answer] = of(batch.targets![answer] === 1, answers);
    return all;
  },
});

export const goodAnswers = eachAnswer('goodAnswers', (isGood) => (isGood ? 1 : 0));
export const badAnswers = eachAnswer('badAnswers', (isGood) => (isGood ? 0 : 1));
/** Shares in a mean over the answers. */
export const answerShares = eachAnswer('answerShares', (_, answers) => 1 / answers);

export const judgedInputs = [sequencePlaces, reference, goodAnswers, badAnswers, answerShares];
