import type { Batch } from '../../data/batches.ts';
import { requireImageModel } from '../../models/model.ts';
import { crossEntropyLoss } from '../cross-entropy.ts';
import { heldOutPredictions } from '../held-out-predictions.ts';
import { type BatchInput, filledInputs } from '../inputs.ts';
import type { Objective } from '../objective.ts';
import { batchScores } from '../scores.ts';
import { pictureFeatures, pictureSeams, pixels } from './features.ts';

const labels: BatchInput<Batch> = { name: 'labels', dtype: 'i32', fill: (batch) => batch.labels };

/** The class of each picture. A row is a picture. */
export const picturesObjective: Objective = {
  buildForward(builder, options, { batchSize }, isTraining) {
    const model = requireImageModel(options.model);
    const shape = { rows: batchSize, isTraining };
    const seams = pictureSeams(builder, model, options, shape);
    return { seams, read: pictureFeatures(builder, model, seams, options, shape) };
  },
  buildLoss: (builder, model, head, shape) => crossEntropyLoss(builder, model, head, shape, labels),
  feeds: (_, batch, wanted) => filledInputs([pixels, labels], batch, wanted),
  longestRow: () => 1,
  scoredRows: (scored) => Math.max(1, scored),
  scores: batchScores,
  heldOut: heldOutPredictions,
};
