import type { AccumulationWindow, Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { Objective } from '../../tasks/objective.ts';
import type { RunConfig } from '../config/run-config.ts';

/** Whether every token has a weight of its own in the loss, so that programs take one number for each. */
export const weighsTokens = ({ loss_function }: Pick<RunConfig['training'], 'loss_function'>): boolean =>
  loss_function === 'SampleAveragedCrossEntropy';

/**
 * What the tokens of a window's batches count for in its loss: one number for all, 1 over the scored tokens of the
 * window, or over whatever the objective counts; or with SampleAveragedCrossEntropy, as H2O LLM Studio defines it, one
 * for each place of a batch: 1 over the scored tokens of its example and over the examples of the window that have any.
 */
export function lossShares(
  { batches, scoredTokens }: Pick<AccumulationWindow, 'batches' | 'scoredTokens'>,
  training: Pick<RunConfig['training'], 'loss_function'>,
  counted?: Objective['counted'],
): (batch: Batch) => Float32Array {
  if (!weighsTokens(training)) {
    const count = counted ? batches.reduce((sum, batch) => sum + counted(batch), 0) : scoredTokens;
    const share = Float32Array.of(1 / Math.max(1, count));
    return () => share;
  }
  const samples = batches.flatMap(scoredExamples).length;
  return (batch) => {
    const shares = new Float32Array(batch.labels.length);
    for (const { begin, end, scored } of scoredExamples(batch)) shares.fill(1 / (samples * scored), begin, end);
    return shares;
  };
}

/** Where the examples of a batch lie that have a label, and how many labels each has. */
function scoredExamples({ labels, lengths, length }: Batch): { begin: number; end: number; scored: number }[] {
  return lengths.flatMap((row, place) => {
    let end = place * length;
    return row
      .map((tokens) => {
        const begin = end;
        end += tokens;
        const scored = labels.subarray(begin, end).filter((label) => label !== maskedLabel).length;
        return { begin, end, scored };
      })
      .filter(({ scored }) => scored > 0);
  });
}
