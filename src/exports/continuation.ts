/** How a run goes on from its newest checkpoint: what another trainer needs to do the same. */
import type { ReadValues } from '../tuning/method.ts';
import type { TrainableParameter } from '../tuning/tuning.ts';

/** One row as the model meets it; those of the same key are the same. */
export interface LearnedRow {
  readonly key: string;
  readonly ids: Int32Array;
  /** For each token what is learned where it stands: the token after it, or a class; −100 for nothing. */
  readonly labels: Int32Array;
  /** Of an answer of a pair: the log-probability of what is learned of it under the model before training. */
  readonly reference?: number;
}

/** How two answers are held against each other. */
export interface PairCourse {
  /** One of those that the target has (`writtenLosses`). */
  readonly loss: string;
  readonly beta: number;
  /** Share of pairs that are taken to be the wrong way round. */
  readonly labelSmoothing: number;
}

/** One update of the weights. */
export interface PlannedUpdate {
  /** Counted from 1. */
  readonly step: number;
  /** Of pairs the better and the worse answer, one after the other. */
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
  /** Where it learns from pairs of answers. */
  readonly pairs: PairCourse | null;
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
