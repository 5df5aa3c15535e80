import type { StepMetrics } from '../../worker/protocol.ts';
import type { BestStep, EpochMark, StepRange } from './marks.ts';

/** A run that is laid over another. */
export interface EarlierRun {
  readonly name: string;
  readonly metrics: readonly StepMetrics[];
  /** Its `logging_steps`. */
  readonly every: number;
}

/** What all charts of a run have in common, so that one place in the width is the same step in each. */
export interface ChartFrame {
  /** The steps from edge to edge. */
  readonly range: StepRange;
  /** Not the whole run is shown. */
  readonly zoomed: boolean;
  readonly marks: {
    /** The ends of at most so many epochs. */
    readonly epochs: (most: number) => readonly EpochMark[];
    readonly best: BestStep | null;
  };
  readonly earlier: EarlierRun | null;
  readonly onZoom: (range: StepRange | null) => void;
}
