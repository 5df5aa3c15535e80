import type { RunConfig } from '../config/run-config.ts';

/** The best evaluation of a run so far, and how long ago it was. */
export interface BestSoFar {
  readonly step: number;
  readonly loss: number;
  /** Evaluations since then, none of them better. */
  readonly since: number;
}

/** After one more evaluation. A loss that is no number is no better than any. */
export function withEvaluation(best: BestSoFar | null, step: number, loss: number): BestSoFar {
  if (best === null || loss < best.loss) return { step, loss, since: 0 };
  return { ...best, since: best.since + 1 };
}

/** Whether the validation loss has not fallen for as many evaluations as the config allows. */
export function isOutOfPatience(best: BestSoFar | null, { training }: RunConfig): boolean {
  const { early_stopping_patience: patience } = training;
  return patience > 0 && best !== null && best.since >= patience;
}

/** Where a run is taken up again: one that was ended early gets its patience anew. */
export const withPatience = (best: BestSoFar | null, config: RunConfig): BestSoFar | null =>
  best && isOutOfPatience(best, config) ? { ...best, since: 0 } : best;
