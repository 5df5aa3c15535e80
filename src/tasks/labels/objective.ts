import { logitsOf } from '../../models/model.ts';
import { crossEntropyLoss } from '../cross-entropy.ts';
import { heldOutPredictions } from '../held-out-predictions.ts';
import { declareInput } from '../inputs.ts';
import { longestText } from '../lengths.ts';
import { lossScaleInput, type Objective } from '../objective.ts';
import { batchScores } from '../scores.ts';
import { batchHidden, meanStates, scoredStates } from '../texts/forward.ts';
import { labels, targets, textFeeds, weights } from '../texts/inputs.ts';

/** One answer for each text, read from the hidden state of one of its tokens or from the mean of all. */
export const labelsObjective: Objective = {
  readsPairs: true,
  buildForward(builder, options, shape, isTraining) {
    const { hidden, seams } = batchHidden(builder, options, shape, isTraining);
    const { pooled, buildPooler } = options.model.classifier!;
    const count = shape.scoredRows ?? shape.batchSize;
    const read =
      pooled === 'mean' ? meanStates(builder, hidden, count) : scoredStates(builder, hidden, count, isTraining);
    return { seams, read: buildPooler?.(builder, seams, read) ?? read };
  },
  buildLoss(builder, model, head, shape) {
    const { problem } = model.classifier!;
    if (problem === 'single_label_classification') return crossEntropyLoss(builder, model, head, shape, labels);
    const lossScale = lossScaleInput(builder, head, shape);
    const predictions = logitsOf(builder, head.seams, model, head.read);
    const [rows, outputs] = predictions.shape as [number, number];
    const wanted = declareInput(builder, targets, rows, outputs);
    const counted = declareInput(builder, weights, rows);
    const loss = problem === 'regression' ? 'squared_error' : 'binary_cross_entropy';
    return builder.within('loss', () => builder.predictionLoss(predictions, wanted, counted, lossScale, loss));
  },
  // An encoder reads a text's label at the first row, whatever it is.
  feeds: (model, batch, wanted, virtual) =>
    textFeeds(model, batch, { wanted, virtual, labelOffset: 0 }, [targets, weights]),
  tellsOf: ({ classifier }) => (classifier!.problem === 'single_label_classification' ? 'own' : null),
  longestRow: longestText,
  scoredRows: (scored) => Math.max(1, scored),
  scores: batchScores,
  heldOut: heldOutPredictions,
};
