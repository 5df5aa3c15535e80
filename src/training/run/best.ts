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
