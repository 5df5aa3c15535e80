import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import { declareInput } from '../inputs.ts';
import { type HeadInput, lossScaleInput, type Objective } from '../objective.ts';
import { labels, textFeeds } from '../texts/inputs.ts';
import { writingObjective } from '../writing/objective.ts';
import { pairInputs, pairsIn, pairWeights, reference, sequencePlaces, tokenShares } from './inputs.ts';
import { type PreferenceLoss, pairLosses, preferenceLosses } from './losses.ts';

/** Places of the head come in multiples of this, so that batches share programs. */
const scoredRowsStep = 64;

/** The sum of the log-probabilities of each sequence's learned tokens, f32 [sequences, 1]. */
function sequenceLogProbabilities(
  builder: GraphBuilder,
  { headBias, logitSoftCap: softCap }: Model,
  { read, seams }: HeadInput,
  sequences: number,
): Value {
  const places = read.shape[0]!;
  const wanted = declareInput(builder, labels, places);
  const bias = headBias === undefined ? undefined : seams.parameter(headBias);
  const belongs = declareInput(builder, sequencePlaces, sequences, places);
  return builder.within('loss', () => {
    const { weight, added } = seams.head(read);
    const each = builder.logProbabilities(read, weight, wanted, { bias, added, softCap });
    return builder.matmul(belongs, builder.reshape(each, [places, 1]));
  });
}

/** Two answers to a prompt of which one is to become likelier than the other, against the model before training. */
export const preferenceObjective: Objective = {
  ...writingObjective,
  rowsPerExample: 2,
  measures: ['rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'],
  buildLoss(builder, model, head, shape, measure) {
    const { loss_function, beta, label_smoothing: labelSmoothing } = shape.lossSettings!;
    const sequences = shape.batchSize;
    const lossScale = lossScaleInput(builder, head, shape);
    const logs = sequenceLogProbabilities(builder, model, head, sequences);
    const [before, shares] = [reference, tokenShares].map((input) => () => declareInput(builder, input, sequences, 1));
    const weights = declareInput(builder, pairWeights, sequences / 2, 1);
    return builder.within('loss', () => {
      const gains = builder.add(logs, builder.neg(before!()));
      const sides = (values: Value) => builder.split(builder.reshape(values, [sequences / 2, 2]), [1, 1]);
      const [chosen, rejected] = sides(builder.scale(gains, beta)) as [Value, Value];
      const margin = builder.add(chosen, builder.neg(rejected));
      const meanMargin = () => {
        const [first, second] = sides(builder.mul(gains, shares!())) as [Value, Value];
        return builder.add(first, builder.neg(second));
      };
      const total = (values: Value) => {
        const sum = builder.matmul(values, weights, { transposeA: true });
        return builder.mul(builder.reshape(sum, []), lossScale);
      };
      const ones = builder.constant(1, margin.shape);
      const isRight = builder.node('activation_backward', [margin, ones], { activation: 'relu' });
      const measured = [chosen, rejected, margin, isRight];
      for (const [index, name] of preferenceObjective.measures!.entries()) measure?.(name, total(measured[index]!));
      return total(pairLosses[lossOf(loss_function)](builder, { margin, meanMargin, beta, labelSmoothing }));
    });
  },
  buildReference: sequenceLogProbabilities,
  counted: pairsIn,
  measuredHeldOut(sums, pairs) {
    const right = Math.round(sums['rewards/accuracies']!);
    return {
      metric: 'preferences',
      rows: pairs,
      tuned: right / pairs,
      // The model before training is what gains are taken against.
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

/** The default of the setting stands for the usual loss. */
export const lossOf = (name: string): PreferenceLoss =>
  preferenceLosses.find((loss) => loss === name) ?? preferenceLosses[0];
