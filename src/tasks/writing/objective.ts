import { crossEntropyLoss } from '../cross-entropy.ts';
import { longestText } from '../lengths.ts';
import type { Objective } from '../objective.ts';
import { batchHidden, scoredStates } from '../texts/forward.ts';
import { labels, textFeeds } from '../texts/inputs.ts';

/** Rows of the head come in multiples of this, so that its products stay even. */
const scoredRowsStep = 64;

/** Where nearly all tokens have a label, to pick them costs more than it saves. */
const mostScored = 0.9;

/** The next token is predicted after each that has a label. */
export const writingObjective: Objective = {
  buildForward(builder, options, shape, isTraining) {
    const { hidden, seams } = batchHidden(builder, options, shape, isTraining);
    const { scoredRows } = shape;
    return { seams, read: scoredRows === undefined ? hidden : scoredStates(builder, hidden, scoredRows, isTraining) };
  },
  buildLoss: (builder, model, head, shape) => crossEntropyLoss(builder, model, head, shape, labels),
  feeds: (model, batch, wanted, virtual) => textFeeds(model, batch, { wanted, virtual }),
  tellsOf: () => 'next',
  longestRow: longestText,
  scoredRows(scored, places) {
    const rows = Math.max(1, Math.ceil(scored / scoredRowsStep)) * scoredRowsStep;
    return rows > mostScored * places ? undefined : rows;
  },
};
