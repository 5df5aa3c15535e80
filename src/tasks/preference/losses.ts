/** Losses of pairs of answers: one entry each, as TRL's DPOTrainer defines them. */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';

/** The values of `training.loss_function` that mean one of them. The first is the usual one. */
export const preferenceLosses = ['DPO', 'DPOHinge', 'DPOIPO', 'DPORobust'] as const;

/** How a run config says that pairs are learned. */
export const ofPairs = { key: 'dataset.problem_type', value: 'preference' } as const;

export const comparesAnswers = ({ dataset }: { readonly dataset: { readonly problem_type: string } }): boolean =>
  dataset.problem_type === ofPairs.value;

export type PreferenceLoss = (typeof preferenceLosses)[number];

/** What each reads of the section `training`. */
export const readByLoss: Readonly<Record<PreferenceLoss, readonly ('beta' | 'label_smoothing')[]>> = {
  DPO: ['beta', 'label_smoothing'],
  DPOHinge: ['beta'],
  DPOIPO: ['beta'],
  DPORobust: ['beta', 'label_smoothing'],
};

export const smoothedLosses = preferenceLosses.filter((loss) => readByLoss[loss].includes('label_smoothing'));

export interface PairTerms {
  /** β·((log π chosen − log π ref chosen) − (the same of the rejected)), f32 [pairs, 1]. */
  readonly margin: Value;
  /** The same difference without β, of means over tokens. */
  readonly meanMargin: () => Value;
  readonly beta: number;
  /** Share of pairs that are taken to be the wrong way round. */
  readonly labelSmoothing: number;
}

/** −log σ(x). */
const negativeLogSigmoid = (builder: GraphBuilder, x: Value): Value => builder.activation(builder.neg(x), 'softplus');

/** a·(−log σ(margin)) + b·(−log σ(−margin)). */
function bothWays(builder: GraphBuilder, margin: Value, a: number, b: number): Value {
  const right = builder.scale(negativeLogSigmoid(builder, margin), a);
  return b === 0 ? right : builder.add(right, builder.scale(builder.activation(margin, 'softplus'), b));
}

/** The loss of each pair, f32 [pairs, 1]. */
export const pairLosses: Readonly<Record<PreferenceLoss, (builder: GraphBuilder, terms: PairTerms) => Value>> = {
  /** arXiv 2305.18290; with label smoothing the conservative form of its authors (cDPO). */
  DPO: (builder, { margin, labelSmoothing: e }) => bothWays(builder, margin, 1 - e, e),
  /** arXiv 2305.10425. */
  DPOHinge: (builder, { margin }) => builder.activation(oneMinus(builder, margin), 'relu'),
  /** arXiv 2310.12036, over mean log-probabilities. */
  DPOIPO(builder, { meanMargin, beta }) {
    const margin = meanMargin();
    const away = builder.add(margin, builder.constant(-1 / (2 * beta), margin.shape));
    return builder.mul(away, away);
  },
  /** arXiv 2403.00409: unbiased where that share of the pairs is the wrong way round. */
  DPORobust: (builder, { margin, labelSmoothing: e }) =>
    bothWays(builder, margin, (1 - e) / (1 - 2 * e), -e / (1 - 2 * e)),
};

const oneMinus = (builder: GraphBuilder, x: Value): Value => builder.add(builder.neg(x), builder.constant(1, x.shape));
