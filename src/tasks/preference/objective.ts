import type { Value } from '../../graph/types.ts';
import { declareInput } from '../inputs.ts';
import { lossScaleInput, type Objective } from '../objective.ts';
import { textFeeds } from '../texts/inputs.ts';
import { writingObjective } from '../writing/objective.ts';
import { likelihoodShares, pairInputs, pairWeights, reference, tokenShares } from './inputs.ts';
import { answerLogProbabilities, ofAnswers, tokenLogProbabilities } from './log-probabilities.ts';
import { lossOf, pairLosses } from './losses.ts';

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const rightIn = (sums: Readonly<Record<string, number>>): number => Math.round(sums['rewards/accuracies']!);

/**
 * Pairs that are right on one side alone. How many of each batch are right is known, not which: as many as can be are taken
 * to differ, so that no gain looks surer than it is.
 */
function comparedPairs(counts: readonly { count: number; right: number; before: number | null }[]) {
  const compared = counts.map(({ count, right, before }) => {
    const better = Math.min(right, count - before!);
    return { better, worse: better - (right - before!) };
  });
  return { better: sumOf(compared.map(({ better }) => better)), worse: sumOf(compared.map(({ worse }) => worse)) };
}

/** Two answers to a prompt of which one is to become likelier than the other. */
export const preferenceObjective: Objective = {
  ...writingObjective,
  ...ofAnswers,
  measures: ['rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'],
  buildLoss(builder, model, head, shape, measure) {
    const settings = shape.lossSettings!;
    const loss = pairLosses[lossOf(settings.loss_function)];
    const times = loss.likelihood?.times(settings) ?? 0;
    const sequences = shape.batchSize;
    const lossScale = lossScaleInput(builder, head, shape);
    const tokens = tokenLogProbabilities(builder, model, head);
    const logs = answerLogProbabilities(builder, tokens, sequences);
    const ofSequences = (input: typeof reference) => declareInput(builder, input, sequences, 1);
    const weights = declareInput(builder, pairWeights, sequences / 2, 1);
    return builder.within('loss', () => {
      const meanOf = (values: Value) => builder.mul(values, ofSequences(tokenShares));
      const gains = loss.reference ? builder.add(logs, builder.neg(ofSequences(reference))) : meanOf(logs);
      const sides = (values: Value) =>
        builder.split(builder.reshape(values, [sequences / 2, 2]), [1, 1]) as [chosen: Value, rejected: Value];
      const difference = ([first, second]: readonly [Value, Value]) => builder.add(first, builder.neg(second));
      const rewards = sides(builder.scale(gains, settings.beta));
      const margin = difference(rewards);
      const total = (sum: Value) => builder.mul(builder.reshape(sum, []), lossScale);
      const totalOf = (values: Value) => total(builder.matmul(values, weights, { transposeA: true }));
      const ones = builder.constant(1, margin.shape);
      const isRight = builder.node('activation_backward', [margin, ones], { activation: 'relu' });
      const measured = [...rewards, margin, isRight];
      for (const [index, name] of preferenceObjective.measures!.entries()) measure?.(name, totalOf(measured[index]!));
      const means = () => sides(meanOf(logs));
      const terms = { margin, means, meanMargin: () => difference(sides(meanOf(gains))), settings };
      const compared = totalOf(loss.build(builder, terms));
      if (times === 0) return compared;
      const shares = declareInput(builder, likelihoodShares, 1, tokens.shape[0]!);
      return builder.add(compared, builder.scale(total(builder.matmul(shares, tokens)), -times));
    });
  },
  readsReference: ({ loss_function }) => pairLosses[lossOf(loss_function)].reference,
  measuredHeldOut(batches, hasReference) {
    const counts = batches.map(({ count, tuned, base }) => ({
      count,
      right: rightIn(tuned),
      before: base && rightIn(base),
    }));
    const pairs = sumOf(counts.map(({ count }) => count));
    const right = sumOf(counts.map((each) => each.right));
    const before = counts.flatMap((each) => each.before ?? []);
    // Where there is a reference, gains are taken against the model before training, of which half are right by chance.
    const base = hasReference || before.length < counts.length ? null : sumOf(before) / pairs;
    const againstChance = { better: right, worse: pairs - right };
    const againstBase = base === null ? { better: 0, worse: 0 } : comparedPairs(counts);
    return {
      metric: 'preferences',
      rows: pairs,
      tuned: right / pairs,
      base,
      blind: 0.5,
      ...(hasReference || (base !== null && base < 0.5) ? againstChance : againstBase),
      more: { margin: sumOf(batches.map(({ tuned }) => tuned['rewards/margins']!)) / pairs },
      baseMore: {},
    };
  },
  feeds: (model, batch, wanted, virtual) => textFeeds(model, batch, { wanted, virtual }, pairInputs),
};
