/** What programs read of a batch of pairs, beside its texts: rows 2p and 2p + 1 are the better and the worse answer. */
import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { BatchInput } from '../inputs.ts';
import type { TextBatch } from '../texts/inputs.ts';

type PairInput = BatchInput<TextBatch>;

/** Pairs of a batch; an incomplete last one has fewer than it has room for. */
export const pairsIn = ({ rows }: Pick<Batch, 'rows'>): number => rows.length / 2;

/** Where in a batch each scored place lies: its row, and whether an answer's token is predicted from it. */
function* scoredPlaces({ batch, scored, labels, virtualRows }: TextBatch) {
  const width = virtualRows + batch.length;
  for (const [index, label] of labels.entries()) {
    if (label === maskedLabel) continue;
    const place = scored.length > 0 ? scored[index]! : index;
    const row = Math.floor(place / width);
    yield { index, row, isAnswer: (place % width) - virtualRows >= batch.promptLengths![row]! - 1 };
  }
}

/** 1 where a scored place belongs to the answer of a sequence, f32 [sequences, places]. */
export const sequencePlaces: PairInput = {
  name: 'sequencePlaces',
  dtype: 'f32',
  fill(text) {
    const places = text.labels.length;
    const belongs = new Float32Array(text.batch.batchSize * places);
    for (const { index, row, isAnswer } of scoredPlaces(text)) if (isAnswer) belongs[row * places + index] = 1;
    return belongs;
  },
};

/** Shares of the scored places of the better texts, which come to the number of pairs, f32 [1, places]. */
export const likelihoodShares: PairInput = {
  name: 'likelihoodShares',
  dtype: 'f32',
  fill(text) {
    const shares = new Float32Array(text.labels.length);
    const places = [...scoredPlaces(text)].filter(({ row }) => row % 2 === 0);
    for (const { index } of places) shares[index] = pairsIn(text.batch) / places.length;
    return shares;
  },
};

/** 1 over the tokens of each answer, f32 [sequences, 1]. */
export const tokenShares: PairInput = {
  name: 'tokenShares',
  dtype: 'f32',
  fill({ batch: { batchSize, promptLengths, lengths } }) {
    return Float32Array.from({ length: batchSize }, (_, row) => {
      const [tokens = 0] = lengths[row] ?? [];
      return 1 / Math.max(1, tokens - (promptLengths![row] ?? 0));
    });
  },
};

/** The log-probability of each sequence under the model before training, f32 [sequences, 1]. */
export const reference: PairInput = {
  name: 'reference',
  dtype: 'f32',
  fill({ batch }) {
    if (!batch.reference) throw new RangeError('a batch of pairs without its reference');
    const all = new Float32Array(batch.batchSize);
    all.set(batch.reference);
    return all;
  },
};

/** 1 for each pair that there is, f32 [pairs, 1]. */
export const pairWeights: PairInput = {
  name: 'pairWeights',
  dtype: 'f32',
  fill: ({ batch }) => new Float32Array(batch.batchSize / 2).fill(1, 0, pairsIn(batch)),
};

export const pairInputs = [sequencePlaces, likelihoodShares, tokenShares, reference, pairWeights];
