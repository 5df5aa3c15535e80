/**
 * Masked tokens as transformers' DataCollatorForLanguageModeling draws them: of the tokens of a text a share is to be told,
 * and of those 80% are seen as the mask token, 10% as any token of the vocabulary, 10% as they are. Padding alone is
 * never drawn: PyTorch keeps the gradient from its row, and RoBERTa counts no position for it.
 */
import type { Batch, Batches } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import { mix32, randomBits, siteKey } from '../../graph/random.ts';
import { stepSeed } from '../step-seed.ts';

const [shareMasked, shareOther] = [0.8, 0.1];

export interface Masking {
  /** Of the tokens that may be masked, those that are to be told: above 0, at most 1. */
  readonly share: number;
  readonly maskId: number;
  readonly padId: number;
  /** Tokens that may stand in the place of another: ids below it, but for padding. */
  readonly vocabularySize: number;
}

const [told, seenAs, other] = ['masked/told', 'masked/seen-as', 'masked/other'].map(siteKey) as [
  number,
  number,
  number,
];
const isBelow = (bits: number, share: number): boolean => bits < Math.round(share * 2 ** 32);

/**
 * The same batches with tokens masked that have a label, and a label left to those that are to be told. A pure function of
 * seed, epoch, the number of the example and the place in it, so that whoever asks for a batch sees the same.
 * @param isFixed every epoch is masked as the first, for an evaluation
 */
export function maskedBatches(batches: Batches, masking: Masking, seed: number, isFixed: boolean): Batches {
  const maskedIn = (epoch: number) => {
    const epochSeed = stepSeed(seed, isFixed ? 0 : epoch, isFixed ? 1 : 0);
    return (batch: Batch) => maskBatch(batch, masking, epochSeed);
  };
  return {
    ...batches,
    scoredAt: (epoch, index) => mostTold(batches.scoredAt(epoch, index), masking.share),
    batchAt: (epoch, index) => maskedIn(epoch)(batches.batchAt(epoch, index)),
    windowAt(epoch, step) {
      const window = batches.windowAt(epoch, step);
      const masked = window.batches.map(maskedIn(epoch));
      return { ...window, batches: masked, scoredTokens: masked.reduce((sum, batch) => sum + batch.scoredTokens, 0) };
    },
  };
}

/**
 * The most tokens that are told of a batch of so many: six standard deviations more than the mean, so that room for them
 * is known before they are drawn. What is drawn beyond it, once in a thousand million batches, is not told.
 */
export function mostTold(tokens: number, share: number): number {
  const spread = 6 * Math.sqrt(tokens * share * (1 - share));
  return Math.min(tokens, Math.ceil(share * tokens + spread));
}

function maskBatch(batch: Batch, masking: Masking, [seed0, seed1]: Uint32Array): Batch {
  const ids = batch.ids.slice();
  const labels = new Int32Array(batch.labels.length).fill(maskedLabel);
  const draws = placesOf(batch).map((place) => ({
    ...place,
    chance: randomBits(seed0!, seed1! ^ place.row, told, place.token),
  }));
  const drawn = draws
    .filter(({ chance }) => isBelow(chance, masking.share))
    .slice(0, mostTold(draws.length, masking.share));
  // transformers' mean over none would be no number: of short texts one token is told in any case.
  const least = draws.reduce((best, draw) => (draw.chance < best.chance ? draw : best), draws[0]!);
  const chosen = drawn.length > 0 || draws.length === 0 ? drawn : [least];
  for (const { place, row, token } of chosen) {
    labels[place] = batch.labels[place]!;
    const bits = (site: number) => randomBits(seed0!, seed1! ^ row, site, token);
    if (isBelow(bits(seenAs), shareMasked)) ids[place] = masking.maskId;
    else if (isBelow(bits(seenAs), shareMasked + shareOther)) ids[place] = otherToken(bits(other), masking);
  }
  return { ...batch, ids, labels, scoredTokens: chosen.length };
}

function otherToken(bits: number, { vocabularySize, padId }: Masking): number {
  const id = bits % (vocabularySize - 1);
  return id < padId ? id : id + 1;
}

interface Place {
  /** In the batch. */
  readonly place: number;
  /** What the example is drawn by. */
  readonly row: number;
  /** In the example. */
  readonly token: number;
}

/** The tokens of a batch that have a label. */
const placesOf = ({ rows, lengths, length, labels }: Batch): Place[] =>
  lengths.flatMap((tokens, row) => {
    let end = row * length;
    return tokens.flatMap((count, index) => {
      const begin = end;
      end += count;
      const drawnBy = mix32(rows[row]![index]!);
      const own = Array.from({ length: count }, (_, token) => ({ place: begin + token, row: drawnBy, token }));
      return own.filter(({ place }) => labels[place] !== maskedLabel);
    });
  });
