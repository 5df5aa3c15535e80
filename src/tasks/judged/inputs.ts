/** What programs read of a batch of judged answers, beside its texts: row 2p is an answer, 2p + 1 its prompt's other one. */
import type { BatchInput } from '../inputs.ts';
import { pairsIn, reference, sequencePlaces } from '../preference/inputs.ts';
import type { TextBatch } from '../texts/inputs.ts';

type AnswerInput = BatchInput<TextBatch>;

/** A number for each answer of a batch, 0 where it has fewer than room for, f32 [answers, 1]. */
const eachAnswer = (name: string, of: (isGood: boolean, answers: number) => number): AnswerInput => ({
  name,
  dtype: 'f32',
  fill({ batch }) {
    const all = new Float32Array(batch.batchSize / 2);
    const answers = pairsIn(batch);
    for (let answer = 0; answer < answers; answer++) all[answer] = of(batch.targets![answer] === 1, answers);
    return all;
  },
});

export const goodAnswers = eachAnswer('goodAnswers', (isGood) => (isGood ? 1 : 0));
export const badAnswers = eachAnswer('badAnswers', (isGood) => (isGood ? 0 : 1));
/** Shares in a mean over the answers. */
export const answerShares = eachAnswer('answerShares', (_, answers) => 1 / answers);

export const judgedInputs = [sequencePlaces, reference, goodAnswers, badAnswers, answerShares];
