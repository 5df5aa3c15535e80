import type { Scores } from '../../tasks/scores.ts';
import type { WeightNorms } from '../programs/inside.ts';
import type { Forgetting } from './forgetting-scores.ts';
import type { RunTimes } from './run-times.ts';

/** What a run tells while it goes on. */
export type TrainingPhase =
  | 'loading'
  /** What the model says before training is read, where the loss is taken against it. */
  | 'reading-reference'
  | 'preparing-kernels'
  | 'first-step'
  | 'training'
  | 'evaluating'
  | 'saving'
  /** The held-out rows are answered, before and after training. */
  | 'answering'
  | 'paused'
  | 'finished'
  /** No better validation loss for as many evaluations as `early_stopping_patience` allows, or beyond `forgetting_limit`. */
  | 'stopped-early'
  | 'stopped';

/** One update of the weights. In `metrics.jsonl` the same values under snake_case names. */
export interface StepMetrics {
  /** Updates done, so the first has 1. */
  readonly step: number;
  /** Passes over the data so far, with the part of the present one. */
  readonly epoch: number;
  /** Mean over the scored tokens of the accumulation window, before the update. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global L2 norm of the gradient, before clipping. */
  readonly gradNorm: number;
  /** Tokens seen since the run began, without padding. */
  readonly tokens: number;
  /** Token-weighted mean loss of the validation rows, where they were evaluated after this step. */
  readonly evalLoss?: number | undefined;
  /** Means over the window of what the task measures beside the loss, as `rewards/margins`. */
  readonly scores?: Scores | undefined;
  /** Scores of the validation rows, and of general texts, where they were evaluated after this step. */
  readonly evalScores?: Scores | undefined;
}

/** A validation prompt, what was expected, and what the model says before and after training. */
export interface SampleAnswer {
  readonly prompt: string;
  readonly expected: string;
  /** Of a pair of answers: the worse one, where `expected` is the better. */
  readonly rejected?: string;
  /** Of the model as published; null where it can no longer be asked. */
  readonly base: string | null;
  readonly tuned: string;
  /** Of `tuned`, by the metric of the run; null where it has none. */
  readonly score: number | null;
}

export interface AnswerScore {
  readonly metric: string;
  /** Mean over all validation rows; null where it could not be had. */
  readonly value: number | null;
  /** How it was reckoned, such as BLEU's tokenizer, or why it could not be. */
  readonly note: string;
}

/** What was answered at one evaluation. */
export interface Answers {
  readonly samples: readonly SampleAnswer[];
  readonly score: AnswerScore | null;
}

/** How far each weight has moved, and where the gradient of the last update was. */
export interface Inside {
  readonly step: number;
  readonly weights: readonly WeightNorms[];
}

export interface Progress {
  readonly totalSteps: number;
  /** Tokens without padding a second; 0 until it is known. */
  readonly tokensPerSecond: number;
  /** Null until five steps are done. */
  readonly etaSeconds: number | null;
  /** Since this start or resumption. */
  readonly elapsedSeconds: number;
}

export type TrainingEvent =
  | {
      readonly kind: 'phase';
      readonly phase: TrainingPhase;
      readonly detail?: { done: number; total: number };
      /** Updates done, once there may be some: an evaluation of step 12 says 12, before the metrics of that step. */
      readonly step?: number;
    }
  | { readonly kind: 'step'; readonly metrics: StepMetrics; readonly progress: Progress }
  /** Also before the first step, then with step 0. */
  | {
      readonly kind: 'evaluation';
      readonly step: number;
      readonly loss: number;
      readonly perplexity: number;
      /** Of a classifier, whose perplexity means nothing. */
      readonly scores?: Scores;
    }
  /** What of the general texts is left, after an evaluation. */
  | ({ readonly kind: 'forgetting'; readonly step: number } & Forgetting)
  | ({ readonly kind: 'answers'; readonly step: number } & Answers)
  | ({ readonly kind: 'inside' } & Inside)
  | { readonly kind: 'checkpoint'; readonly step: number }
  /** Goes on from this checkpoint, which need not be the newest: that may have been damaged. */
  | { readonly kind: 'restored'; readonly step: number }
  /** What the run took so far, for estimates of later ones; now and then, and at its end. */
  | { readonly kind: 'times'; readonly times: RunTimes }
  /** Frozen weights were quantised as they were loaded: √(Σ(kept − published)² / Σ published²) over all of them. */
  | { readonly kind: 'quantised'; readonly error: number };
