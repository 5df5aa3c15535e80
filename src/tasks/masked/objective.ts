import { crossEntropyLoss } from '../cross-entropy.ts';
import type { Objective } from '../objective.ts';
import { labels } from '../texts/inputs.ts';
import { writingObjective } from '../writing/objective.ts';

/** Rows of the head come in multiples of this, so that batches share programs. */
const scoredRowsStep = 64;

/** The token that stood at each place with a label: the loss of writing, over the place itself. */
export const maskedObjective: Objective = {
  ...writingObjective,
  buildForward(builder, options, shape, isTraining) {
    const { seams, read } = writingObjective.buildForward(builder, options, shape, isTraining);
    return { seams, read: options.model.masked!.buildTransform(builder, seams, read) };
  },
  buildLoss: (builder, model, head, shape) => crossEntropyLoss(builder, model, head, shape, labels),
  tellsOf: () => 'own',
  scoredRows: (scored) => Math.max(1, Math.ceil(scored / scoredRowsStep)) * scoredRowsStep,
};
