import type { Batch, Batches } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import { dropThreshold, randomBits, siteKey } from '../../graph/random.ts';
import { stepSeed } from '../step-seed.ts';

export interface TokenMask {
  /** Share of the input tokens. */
  readonly probability: number;
  /** What stands in their place. */
  readonly maskId: number;
  /** A masked token is not predicted either; not where labels belong to texts instead of tokens. */
  readonly masksLabels: boolean;
}

const site = siteKey('token_mask');

/**
 * The same batches with tokens of each update's window masked at random, as `token_mask_probability` of H2O LLM Studio:
 * any token of an example, of prompt or answer, and its label with it. There attention also leaves masked tokens out;
 * here they are seen as the mask token. A pure function of seed, update, micro-step and place.
 */
export function withMaskedTokens(batches: Batches, mask: TokenMask, seed: number): Batches {
  if (mask.probability === 0) return batches;
  return {
    ...batches,
    windowAt(epoch, step) {
      const window = batches.windowAt(epoch, step);
      const update = epoch * batches.stepsPerEpoch + step;
      const masked = window.batches.map((batch, index) => maskBatch(batch, mask, stepSeed(seed, update, index)));
      const scoredTokens = masked.reduce((sum, batch) => sum + batch.scoredTokens, 0);
      return { ...window, batches: masked, scoredTokens };
    },
  };
}

function maskBatch(batch: Batch, { probability, maskId, masksLabels }: TokenMask, seed: Uint32Array): Batch {
  const [seed0, seed1] = seed as unknown as [number, number];
  const threshold = dropThreshold(probability);
  const isMasked = (place: number): boolean => randomBits(seed0, seed1, site, place) < threshold;
  const [ids, labels] = [batch.ids.slice(), batch.labels.slice()];
  batch.lengths.forEach((row, number) => {
    let begin = number * batch.length;
    for (const tokens of row) {
      for (let place = begin; place < begin + tokens; place++) {
        if (!isMasked(place)) continue;
        ids[place] = maskId;
        // The label of a token stands at the place before it, from which it is predicted.
        if (masksLabels && place > begin) labels[place - 1] = maskedLabel;
      }
      begin += tokens;
    }
  });
  const scoredTokens = labels.reduce((count, label) => count + (label === maskedLabel ? 0 : 1), 0);
  return { ...batch, ids, labels, scoredTokens: masksLabels ? scoredTokens : batch.scoredTokens };
}
