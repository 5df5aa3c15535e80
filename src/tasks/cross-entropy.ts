import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Model } from '../models/model.ts';
import { type BatchInput, declareInput } from './inputs.ts';
import { type BatchShape, type HeadInput, lossScaleInput } from './objective.ts';

/**
 * Cross-entropy of the head's logits, which are never kept whole, with one label for each place. Inputs: `labels` i32
 * [places], −100 where nothing is scored, and lossScale.
 */
export function crossEntropyLoss<B>(
  builder: GraphBuilder,
  { headBias, logitSoftCap: softCap }: Model,
  head: HeadInput,
  shape: Pick<BatchShape, 'weighsTokens' | 'lossFactor'>,
  labels: BatchInput<B>,
): Value {
  const { read, seams } = head;
  const lossScale = lossScaleInput(builder, head, shape);
  const wanted = declareInput(builder, labels, read.shape[0]!);
  const bias = headBias === undefined ? undefined : seams.parameter(headBias);
  return builder.within('loss', () => {
    const { weight, added } = seams.head(read);
    return builder.crossEntropy(read, weight, wanted, lossScale, { bias, added, softCap });
  });
}
