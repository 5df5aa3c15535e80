import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { declareInput } from '../inputs.ts';
import { lossScaleInput, type Objective } from '../objective.ts';
import { reference } from '../preference/inputs.ts';
import { answerLogProbabilities, ofAnswers, tokenLogProbabilities } from '../preference/log-probabilities.ts';
import type { Scores } from '../scores.ts';
import { textFeeds } from '../texts/inputs.ts';
import { writingObjective } from '../writing/objective.ts';
import { answerShares, answersIn, badAnswers, goodAnswers, judgedInputs } from './inputs.ts';
import { type JudgedLossSettings, standsAlone } from './losses.ts';

/** Sums over answers: how many are good, the rewards of each kind, and how many of each are told right; and the KL estimate. */
const measures = ['good', 'rewardGood', 'rewardBad', 'rightGood', 'rightBad', 'kl'] as const;

type Sums = Readonly<Record<(typeof measures)[number], number>>;

interface JudgedTerms {
  /** How much likelier each answer has become, and each prompt's other answer, f32 [answers, 1]; null: there is none. */
  readonly gains: Value;
  readonly others: Value | null;
  /** 1 for answers of this kind, f32 [answers, 1]. */
  readonly good: Value;
  readonly bad: Value;
  /** Shares in a mean over answers, f32 [answers, 1]. */
  readonly shares: Value;
  readonly settings: JudgedLossSettings;
}

/**
 * KTO: 1 − σ(β(gain − kl)) of good answers and 1 − σ(β(kl − gain)) of bad ones, each times its weight. kl is the mean gain of
 * prompts with other rows' answers, at least 0, and no gradient goes through it. APO-zero of single answers is the same with
 * kl 0.
 * @returns f32 [answers, 1] each, and kl [1, 1]
 */
export function judgedTerms(builder: GraphBuilder, terms: JudgedTerms) {
  const { gains, others, good, bad, shares, settings } = terms;
  const kl = others
    ? builder.activation(builder.matmul(shares, builder.detach(others), { transposeA: true }), 'relu')
    : builder.constant(0, [1, 1]);
  const ahead = others ? builder.add(gains, builder.neg(builder.reshape(kl, [1]))) : gains;
  const weighed = (kind: Value, sign: number, weight: number) =>
    builder.scale(
      builder.mul(builder.activation(builder.scale(ahead, -sign * settings.beta), 'sigmoid'), kind),
      weight,
    );
  const losses = builder.add(
    weighed(good, 1, settings.desirable_weight),
    weighed(bad, -1, settings.undesirable_weight),
  );
  return { losses, ahead, kl };
}

/** Answers that are to become likelier, or less likely, than the model has it of others' answers. */
export const judgedObjective: Objective = {
  ...writingObjective,
  ...ofAnswers,
  measures,
  rowsPerExample: (_, loss) => (standsAlone(loss) ? 1 : 2),
  counted: answersIn,
  buildLoss(builder, model, head, shape, measure) {
    const settings = shape.lossSettings!;
    const isAlone = standsAlone(settings);
    const sequences = shape.batchSize;
    const answers = isAlone ? sequences : sequences / 2;
    const lossScale = lossScaleInput(builder, head, shape);
    const logs = answerLogProbabilities(builder, tokenLogProbabilities(builder, model, head), sequences);
    const before = declareInput(builder, reference, sequences, 1);
    const [good, bad, shares] = [goodAnswers, badAnswers, answerShares].map((input) =>
      declareInput(builder, input, answers, 1),
    ) as [Value, Value, Value];
    return builder.within('loss', () => {
      const moved = builder.add(logs, builder.neg(before));
      const [gains, others] = isAlone
        ? [moved, null]
        : (builder.split(builder.reshape(moved, [answers, 2]), [1, 1]) as [Value, Value]);
      const { losses, ahead, kl } = judgedTerms(builder, { gains, others, good, bad, shares, settings });
      const total = (sum: Value) => builder.mul(builder.reshape(sum, []), lossScale);
      const sumOver = (a: Value, b: Value) => total(builder.matmul(a, b, { transposeA: true }));
      const ones = builder.constant(1, [answers, 1]);
      const isPositive = (x: Value) => builder.node('activation_backward', [x, ones], { activation: 'relu' });
      const rewards = builder.scale(gains, settings.beta);
      const measured: Readonly<Record<keyof Sums, Value>> = {
        good: sumOver(good, ones),
        rewardGood: sumOver(good, rewards),
        rewardBad: sumOver(bad, rewards),
        rightGood: sumOver(good, isPositive(ahead)),
        rightBad: sumOver(bad, isPositive(builder.neg(ahead))),
        // As often as there are answers, so that it is their mean.
        kl: sumOver(builder.add(good, bad), builder.mul(ones, builder.reshape(kl, [1]))),
      };
      for (const name of measures) measure?.(name, measured[name]);
      return sumOver(losses, ones);
    });
  },
  measuredScores: (means) => judgedScores(means as Sums),
  readsReference: () => true,
  measuredHeldOut(batches) {
    const sumOf = (name: keyof Sums) => batches.reduce((sum, { tuned }) => sum + tuned[name]!, 0);
    const rows = batches.reduce((sum, { count }) => sum + count, 0);
    const [good, rightGood, rightBad] = (['good', 'rightGood', 'rightBad'] as const).map((name) =>
      Math.round(sumOf(name)),
    ) as [number, number, number];
    const isMostlyGood = 2 * good >= rows;
    return {
      metric: 'verdicts',
      rows,
      tuned: (rightGood + rightBad) / rows,
      // Gains are taken against the model before training, of which none has gained.
      base: null,
      blind: Math.max(good, rows - good) / rows,
      better: isMostlyGood ? rightBad : rightGood,
      worse: isMostlyGood ? good - rightGood : rows - good - rightBad,
      more: { margin: judgedScores(meansOf(sumOf, rows))['rewards/margins'] ?? null },
      baseMore: {},
    };
  },
  feeds: (model, batch, wanted, virtual) => textFeeds(model, batch, { wanted, virtual }, judgedInputs),
};

const meansOf = (sumOf: (name: keyof Sums) => number, rows: number): Sums =>
  Object.fromEntries(measures.map((name) => [name, sumOf(name) / rows])) as Sums;

/** Named as TRL names them; what is of one kind is null where there is none of it. */
function judgedScores({ good, rewardGood, rewardBad, rightGood, rightBad, kl }: Sums): Scores {
  // Shares of a window are sums of f32 numbers.
  const isNone = (share: number): boolean => share < 1e-6;
  const chosen = isNone(good) ? null : rewardGood / good;
  const rejected = isNone(1 - good) ? null : rewardBad / (1 - good);
  return {
    'rewards/accuracies': rightGood + rightBad,
    'rewards/margins': chosen === null || rejected === null ? null : chosen - rejected,
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    kl,
  };
}
