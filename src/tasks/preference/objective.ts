import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import { declareInput } from '../inputs.ts';
import { type HeadInput, lossScaleInput, type Objective } from '../objective.ts';
import { labels, textFeeds } from '../texts/inputs.ts';
import { writingObjective } from '../writing/objective.ts';
import {
  likelihoodShares,
  pairInputs,
  pairsIn,
  pairWeights,
  reference,
  sequencePlaces,
  tokenShares,
} from './inputs.ts';
import { lossOf, pairLosses } from './losses.ts';

/** Places of the head come in multiples of this, so that batches share programs. */
const scoredRowsStep = 64;

/** The log-probability of each scored token, f32 [places, 1]. */
function tokenLogProbabilities(
  builder: GraphBuilder,
  { headBias, logitSoftCap: softCap }: Model,
  { read, seams }: HeadInput,
): Value {
  const places = read.shape[0]!;
  const wanted = declareInput(builder, labels, places);
  const bias = headBias === undefined ? undefined : seams.parameter(headBias);
  return builder.within('loss', () => {
    const { weight, added } = seams.head(read);
    const each = builder.logProbabilities(read, weight, wanted, { bias, added, softCap });
    return builder.reshape(each, [places, 1]);
  });
}

/** The sums of those of each sequence's answer, f32 [sequences, 1]. */
function answerLogProbabilities(builder: GraphBuilder, tokens: Value, sequences: number): Value {
  const belongs = declareInput(builder, sequencePlaces, sequences, tokens.shape[0]!);
  return builder.within('loss', () => builder.matmul(belongs, tokens));
}

/** Two answers to a prompt of which one is to become likelier than the other. */
export const preferenceObjective: Objective = {
  ...writingObjective,
  rowsPerExample: () => 2,
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
  buildReference: (builder, model, head, rows) =>
    answerLogProbabilities(builder, tokenLogProbabilities(builder, model, head), rows),
  counted: pairsIn,
  measuredHeldOut(sums, pairs) {
    const right = Math.round(sums['rewards/accuracies']!);
    return {
      metric: 'preferences',
      rows: pairs,
      tuned: right / pairs,
      // The model before training is what gains are taken against, where there is a reference.
      base: null,
      blind: 0.5,
      ...{ better: right, worse: pairs - right },
      more: { margin: sums['rewards/margins']! / pairs },
      baseMore: {},
    };
  },
  feeds: (model, batch, wanted, virtual) => textFeeds(model, batch, { wanted, virtual }, pairInputs),
  scoredRows: (scored) => Math.max(1, Math.ceil(scored / scoredRowsStep)) * scoredRowsStep,
};
