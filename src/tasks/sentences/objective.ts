import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { embedderOf } from '../../models/heads.ts';
import type { Model } from '../../models/model.ts';
import { textsOf } from '../../models/sentence-encoder.ts';
import { declareInput } from '../inputs.ts';
import { longestText } from '../lengths.ts';
import { lossScaleInput, type Objective } from '../objective.ts';
import { batchHidden } from '../texts/forward.ts';
import { textFeeds } from '../texts/inputs.ts';
import { candidateBias, ownCandidate, pairScores, pairWeights, tokenShares } from './inputs.ts';
import { sentenceHeldOut, sentenceScores } from './scores.ts';

/** What cosines are multiplied by before the softmax: the default of MultipleNegativesRankingLoss. */
const cosineScale = 20;

/**
 * Added to the squared length of a vector before it divides: nothing to one of hidden states, and rows that are all padding
 * stay 0. PyTorch's `normalize` takes max(length, 1e-12) instead.
 */
const lengthEpsilon = 1e-12;

const normalised = (builder: GraphBuilder, vectors: Value): Value => builder.l2Norm(vectors, lengthEpsilon);

const rowTexts = (model: Model): number => textsOf[model.sentence!.learns];

/** The vectors of texts: rows of a batch are texts, those of an example below each other. */
export const sentencesObjective: Objective = {
  buildForward(builder, options, shape, isTraining) {
    const { hidden, seams } = batchHidden(builder, options, shape, isTraining);
    const { batchSize, length } = shape;
    const { pooled, normalised: isNormalised } = embedderOf(options.model)!;
    const read = builder.within('pooling', () => {
      const shares = declareInput(builder, tokenShares(pooled), batchSize, 1, length);
      const width = hidden.shape[1]!;
      const means = builder.matmul(shares, builder.reshape(hidden, [batchSize, length, width]));
      const vectors = builder.reshape(means, [batchSize, width]);
      return isNormalised ? normalised(builder, vectors) : vectors;
    });
    return { seams, read };
  },
  buildLoss(builder, model, head, shape) {
    const lossScale = lossScaleInput(builder, head, shape);
    const loss = model.sentence!.learns === 'cosines' ? similarityLoss : rankingLoss;
    return builder.within('loss', () => loss(builder, head.read, rowTexts(model), lossScale));
  },
  rowsPerExample: rowTexts,
  feeds(model, batch, wanted, virtual) {
    const texts = rowTexts(model);
    const own = [
      tokenShares(embedderOf(model)!.pooled),
      ownCandidate(texts),
      candidateBias(texts),
      pairScores,
      pairWeights,
    ];
    return textFeeds(model, batch, { wanted, virtual }, own);
  },
  longestRow: longestText,
  scoredRows: () => undefined,
  scores: sentenceScores,
  heldOut: sentenceHeldOut,
};

/**
 * MultipleNegativesRankingLoss: cross-entropy of 20 × cosine of each first text with the second of all rows of the batch, and
 * with the third of all where there is one; its own second is the right one. Summed over the rows.
 */
function rankingLoss(builder: GraphBuilder, vectors: Value, texts: number, lossScale: Value): Value {
  const [rows, width] = vectors.shape as [number, number];
  const examples = rows / texts;
  const units = builder.reshape(normalised(builder, vectors), [examples, texts * width]);
  const [anchors, others] = builder.split(units, [width, (texts - 1) * width]) as [Value, Value];
  const candidates = builder.reshape(others, [examples * (texts - 1), width]);
  const own = declareInput(builder, ownCandidate(texts), examples);
  const bias = declareInput(builder, candidateBias(texts), examples * (texts - 1));
  return builder.crossEntropy(builder.scale(anchors, cosineScale), candidates, own, lossScale, { bias });
}

/** CosineSimilarityLoss: the squared difference of cosine and score of each pair, summed. */
function similarityLoss(builder: GraphBuilder, vectors: Value, _texts: number, lossScale: Value): Value {
  const [rows, width] = vectors.shape as [number, number];
  const pairs = rows / 2;
  const units = builder.reshape(normalised(builder, vectors), [pairs, 2 * width]);
  const [first, second] = builder.split(units, [width, width]) as [Value, Value];
  const cosines = builder.matmul(builder.mul(first, second), builder.constant(1, [width, 1]));
  const wanted = declareInput(builder, pairScores, pairs, 1);
  const counted = declareInput(builder, pairWeights, pairs);
  return builder.predictionLoss(cosines, wanted, counted, lossScale, 'squared_error');
}
