/** What a sweep tries: which settings, with which values, how many runs, and how they are compared. Plain JSON. */

/** Numbers between two ends, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** `log`: as many numbers between 1e-5 and 1e-4 as between 1e-4 and 1e-3. */
  readonly scale: 'linear' | 'log';
  /** How many of them a grid takes; null where none is made of it. */
  readonly count: number | null;
}

/** What a setting is tried with: values of the run config, or a range of numbers. */
export type Tried = readonly unknown[] | Range;

export const isRange = (tried: Tried): tried is Range => !Array.isArray(tried);

/** Runs are stopped on the way, and only the best of them go on. */
export interface Halving {
  /** Updates after which the runs are compared, rising. */
  readonly rungs: readonly number[];
  /** Share of the runs that goes on, above 0 and below 1: rounded to whole runs, at least one. */
  readonly keep: number;
}

/** `metric`: what the run is scored by itself (`prediction.metric`, or the first score of what it learns). */
export const scoreNames = ['validation_loss', 'metric'] as const;
export type ScoreName = (typeof scoreNames)[number];

export interface Sweep {
  /** Every combination, or as many as `trials` drawn at random. */
  readonly search: 'grid' | 'random';
  /** How many runs a random search makes; of a grid null. */
  readonly trials: number | null;
  /** Of what is drawn, and of every run whose settings leave its seed open. */
  readonly seed: number;
  readonly score: ScoreName;
  readonly halving: Halving | null;
  /** By key of the run config, as `training.learning_rate`, in the order of the file. */
  readonly settings: Readonly<Record<string, Tried>>;
}

/** The settings of one run, by key. */
export type Trial = Readonly<Record<string, unknown>>;

/** More runs would not be finished, nor looked at. */
export const mostTrials = 200;
