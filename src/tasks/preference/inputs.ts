/** What programs read of a batch of pairs, beside its texts: rows 2p and 2p + 1 are the better and the worse answer. */
import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { BatchInput } from '../inputs.ts';
import type { TextBatch } from '../texts/inputs.ts';

type PairInput = BatchInput<TextBatch>;

/** Pairs of a batch; an incomplete last one has fewer than it has room for. */
export const pairsIn = ({ rows }: Pick<Batch, 'rows'>): number => rows.length / 2;

/** 1 where a scored place belongs to a sequence, f32 [sequences, places]. */
export const sequencePlaces: PairInput = {
  name: 'sequencePlaces',
  dtype: 'f32',
  fill({ batch, scored, labels, virtualRows }) {
    const width = virtualRows + batch.length;
    const belongs = new Float32Array(batch.batchSize * labels.length);
    for (const [index, label] of labels.entries()) {
      if (label === maskedLabel) continue;
      const place = scored.length > 0 ? scored[index]! : index;
      belongs[Math.floor(place / width) * labels.length + index] = 1;
    }
    return belongs;
  },
};

/** 1 over the learned tokens of each sequence, f32 [sequences, 1]. */
export const tokenShares: PairInput = {
  name: 'tokenShares',
  dtype: 'f32',
  fill: ({ batch: { batchSize, length, labels } }) =>
    Float32Array.from({ length: batchSize }, (_, row) => {
      const learned = labels.subarray(row * length, (row + 1) * length).filter((label) => label !== maskedLabel);
      return 1 / Math.max(1, learned.length);
    }),
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

export const pairInputs = [sequencePlaces, tokenShares, reference, pairWeights];
