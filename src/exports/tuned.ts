import type { ModelFiles } from '../files/source.ts';
import type { Weights } from '../files/weights.ts';
import type { Model } from '../models/model.ts';
import type { Tuning } from '../tuning/tuning.ts';

/** The published model under what was trained, opened for what the run learned. */
export interface Base {
  readonly model: Model;
  readonly files: ModelFiles;
  readonly weights: Weights;
  /** Parameters that the published weights lack. */
  readonly fresh: ReadonlySet<string>;
  /** The name under which the published weights hold a parameter that is not fresh. */
  tensorOf(parameter: string): string;
}

export interface Tuned {
  readonly base: Base;
  /** How others find the base: a Hub id or a path; null where it has no name. */
  readonly baseName: string | null;
  readonly tuning: Tuning;
}
