/** What programs read of a batch whose rows are texts, so many of each example below each other. */
import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { SentenceForm } from '../../models/model.ts';
import type { BatchInput } from '../inputs.ts';
import type { TextBatch } from '../texts/inputs.ts';

type SentenceInput = BatchInput<TextBatch>;

/** Examples of a batch, of which an incomplete last one has fewer than it has room for. */
const examplesIn = ({ rows }: Pick<Batch, 'rows'>, texts: number): number => rows.length / texts;

/** What each token counts in the vector of its text, f32 [texts, 1, tokens]: padding counts nothing. */
export const tokenShares = (pooled: SentenceForm['pooled']): SentenceInput => ({
  name: 'tokenShares',
  dtype: 'f32',
  fill({ batch: { batchSize, length, lengths } }) {
    const shares = new Float32Array(batchSize * length);
    for (const [row, [tokens = 0]] of lengths.entries()) {
      const counted = pooled === 'first' ? Math.min(1, tokens) : tokens;
      shares.fill(1 / counted, row * length, row * length + counted);
    }
    return shares;
  },
});

/** Which of all candidates is each first text's own, i32 [examples]; −100 where the batch has no example. */
export const ownCandidate = (texts: number): SentenceInput => ({
  name: 'ownCandidate',
  dtype: 'i32',
  fill: ({ batch }) =>
    Int32Array.from({ length: batch.batchSize / texts }, (_, example) =>
      example < examplesIn(batch, texts) ? example * (texts - 1) : maskedLabel,
    ),
});

/** Far below any scaled cosine: a candidate that there is not gets no share of a softmax. */
const none = -1e9;

/** What is added to the score of each candidate, f32 [candidates]: 0, and so much less for one that there is not. */
export const candidateBias = (texts: number): SentenceInput => ({
  name: 'candidateBias',
  dtype: 'f32',
  fill({ batch }) {
    const room = (batch.batchSize / texts) * (texts - 1);
    return new Float32Array(room).fill(none, examplesIn(batch, texts) * (texts - 1));
  },
});

/** How alike the texts of each pair are, f32 [pairs, 1], and 1 for each pair that there is, f32 [pairs]. */
export const pairScores: SentenceInput = {
  name: 'pairScores',
  dtype: 'f32',
  fill({ batch }) {
    const all = new Float32Array(batch.batchSize / 2);
    all.set(batch.targets ?? []);
    return all;
  },
};
export const pairWeights: SentenceInput = {
  name: 'pairWeights',
  dtype: 'f32',
  fill: ({ batch }) => new Float32Array(batch.batchSize / 2).fill(1, 0, examplesIn(batch, 2)),
};
