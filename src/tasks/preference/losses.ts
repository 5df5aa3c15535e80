/** Losses of pairs of answers: one entry each, as TRL's trainers define them. */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';

/** The values of `training.loss_function` that mean one of them. The first is the usual one. */
export const preferenceLosses = ['DPO', 'DPOHinge', 'DPOIPO', 'DPORobust', 'ORPO', 'SimPO'] as const;

/** How a run config says that pairs are learned. */
export const ofPairs = { key: 'dataset.problem_type', value: 'preference' } as const;

export const comparesAnswers = ({ dataset }: { readonly dataset: { readonly problem_type: string } }): boolean =>
  dataset.problem_type === ofPairs.value;

export type PreferenceLoss = (typeof preferenceLosses)[number];

/** The default of the setting stands for the usual loss. */
export const lossOf = (name: string): PreferenceLoss =>
  preferenceLosses.find((loss) => loss === name) ?? preferenceLosses[0];

/** What they read beside their own name, as in the section `training`. */
export interface PairLossSettings {
  readonly beta: number;
  /** Share of pairs that are taken to be the wrong way round. */
  readonly label_smoothing: number;
  readonly simpo_gamma: number;
  readonly cpo_alpha: number;
}

/** What a loss is made of. All values are f32 [pairs, 1]. */
export interface PairTerms {
  /**
   * β times what the chosen gained on the rejected: of log-probabilities against the model before training, or where the
   * loss has no reference of their means over tokens.
   */
  readonly margin: Value;
  /** The same difference without β, of means over tokens. */
  readonly meanMargin: () => Value;
  /** Mean log-probabilities of the chosen and the rejected answer's tokens. */
  readonly means: () => readonly [chosen: Value, rejected: Value];
  readonly settings: PairLossSettings;
}

export interface PairLoss {
  /** What it reads of the section `training`. */
  readonly reads: readonly (keyof PairLossSettings)[];
  /** Whether it compares with the model before training. */
  readonly reference: boolean;
  /**
   * Where the negative log-likelihood of the chosen is added so many times, a mean over the tokens of a batch: of the
   * whole text with its prompt, or of the answer.
   */
  readonly likelihood?: { readonly of: 'text' | 'answer'; times(settings: PairLossSettings): number };
  /** The loss of each pair, f32 [pairs, 1]. */
  build(builder: GraphBuilder, terms: PairTerms): Value;
}

/** −log σ(x). */
const negativeLogSigmoid = (builder: GraphBuilder, x: Value): Value => builder.activation(builder.neg(x), 'softplus');

/** a·(−log σ(margin)) + b·(−log σ(−margin)). */
function bothWays(builder: GraphBuilder, margin: Value, a: number, b: number): Value {
  const right = builder.scale(negativeLogSigmoid(builder, margin), a);
  return b === 0 ? right : builder.add(right, builder.scale(builder.activation(margin, 'softplus'), b));
}

/** (1 − ε)·(−log σ(margin)) + ε·(−log σ(−margin)). */
const smoothedSigmoid = (builder: GraphBuilder, margin: Value, { label_smoothing: e }: PairLossSettings): Value =>
  bothWays(builder, margin, 1 - e, e);

const against = { reads: ['beta'], reference: true } as const;
const smoothed = { reads: ['beta', 'label_smoothing'], reference: true } as const;

export const pairLosses: Readonly<Record<PreferenceLoss, PairLoss>> = {
  /** arXiv 2305.18290; with label smoothing the conservative form of its authors (cDPO). */
  DPO: { ...smoothed, build: (builder, { margin, settings }) => smoothedSigmoid(builder, margin, settings) },
  /** arXiv 2305.10425. */
  DPOHinge: { ...against, build: (builder, { margin }) => builder.activation(oneMinus(builder, margin), 'relu') },
  /** arXiv 2310.12036, over mean log-probabilities. */
  DPOIPO: {
    ...against,
    build(builder, { meanMargin, settings: { beta } }) {
      const margin = meanMargin();
      const away = builder.add(margin, builder.constant(-1 / (2 * beta), margin.shape));
      return builder.mul(away, away);
    },
  },
  /** arXiv 2403.00409: unbiased where that share of the pairs is the wrong way round. */
  DPORobust: {
    ...smoothed,
    build: (builder, { margin, settings: { label_smoothing: e } }) =>
      bothWays(builder, margin, (1 - e) / (1 - 2 * e), -e / (1 - 2 * e)),
  },
  /** arXiv 2403.07691: the log odds ratio of mean log-probabilities, as TRL's ORPOTrainer reckons it. */
  ORPO: {
    reads: ['beta'],
    reference: false,
    likelihood: { of: 'text', times: () => 1 },
    build(builder, { means, settings: { beta } }) {
      const [chosen, rejected] = means().map((mean) =>
        builder.add(mean, builder.neg(builder.activation(mean, 'log1mexp'))),
      ) as [Value, Value];
      return builder.scale(negativeLogSigmoid(builder, builder.add(chosen, builder.neg(rejected))), beta);
    },
  },
  /** arXiv 2405.14734, of mean log-probabilities; with the likelihood of the chosen CPO-SimPO, as TRL's CPOTrainer has it. */
  SimPO: {
    reads: ['beta', 'simpo_gamma', 'label_smoothing', 'cpo_alpha'],
    reference: false,
    likelihood: { of: 'answer', times: ({ cpo_alpha }) => cpo_alpha },
    build(builder, { margin, settings }) {
      const beyond = builder.add(margin, builder.constant(-settings.simpo_gamma, margin.shape));
      return smoothedSigmoid(builder, beyond, settings);
    },
  },
};

/** Those that read `training.label_smoothing`. */
export const smoothedLosses = preferenceLosses.filter((loss) => pairLosses[loss].reads.includes('label_smoothing'));

const oneMinus = (builder: GraphBuilder, x: Value): Value => builder.add(builder.neg(x), builder.constant(1, x.shape));
