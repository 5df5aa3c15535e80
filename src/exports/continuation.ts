/** How a run goes on from its newest checkpoint: what another trainer needs to do the same. */
import type { ReadValues } from '../tuning/method.ts';
import type { TrainableParameter } from '../tuning/tuning.ts';

/** One row as the model meets it; those of the same key are the same. */
export interface LearnedRow {
  readonly key: string;
  readonly ids: Int32Array;
  /** For each token what is learned where it stands: the token after it, or a class; −100 for nothing. */
  readonly labels: Int32Array;
}

/** One update of the weights. */
export interface PlannedUpdate {
  /** Counted from 1. */
  readonly step: number;
  readonly rows: readonly LearnedRow[];
  /** Of all rows, without padding. */
  readonly tokens: number;
  readonly learningRate: number;
}

export interface Continuation {
  /** Updates done. */
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Updates between two evaluations. */
  readonly evaluationSteps: number;
  /** What the optimizer moves. */
  readonly parameters: readonly TrainableParameter[];
  readonly padId: number;
  /** Weights at the checkpoint. */
  readonly read: ReadValues;
  /** Those still to do, each made when its turn comes. */
  updates(): Iterable<PlannedUpdate>;
  /** The rows that are held back. */
  validation(): Iterable<LearnedRow>;
}
