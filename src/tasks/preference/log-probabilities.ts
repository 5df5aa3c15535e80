/** Log-probabilities of answers, which losses of preference compare. */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import { declareInput } from '../inputs.ts';
import type { HeadInput, Objective } from '../objective.ts';
import { labels } from '../texts/inputs.ts';
import { pairsIn, sequencePlaces } from './inputs.ts';

/** Places of the head come in multiples of this, so that batches share programs. */
const scoredRowsStep = 64;

/** The log-probability of each scored token, f32 [places, 1]. */
export function tokenLogProbabilities(
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
export function answerLogProbabilities(builder: GraphBuilder, tokens: Value, sequences: number): Value {
  const belongs = declareInput(builder, sequencePlaces, sequences, tokens.shape[0]!);
  return builder.within('loss', () => builder.matmul(belongs, tokens));
}

/** What objectives of such losses have in common, whose sequences stand two to an example in a batch. */
export const ofAnswers = {
  rowsPerExample: () => 2,
  buildReference: (builder, model, head, rows) =>
    answerLogProbabilities(builder, tokenLogProbabilities(builder, model, head), rows),
  counted: pairsIn,
  tellsOf: () => null,
  scoredRows: (scored) => Math.max(1, Math.ceil(scored / scoredRowsStep)) * scoredRowsStep,
} satisfies Partial<Objective>;
