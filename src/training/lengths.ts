import { lengthBuckets } from '../data/length-buckets.ts';
import type { RunConfig } from './run-config.ts';

/** The most tokens of a row: the setting, or what the model has room for where that is less. */
export function maximumLength(config: RunConfig, modelPositions: number): number {
  return Math.min(config.tokenizer.max_length, modelPositions);
}

/** Padded lengths up to the first that holds `maxLength` tokens; none is longer than the model's positions. */
export function cappedBuckets(maxLength: number, modelPositions: number): number[] {
  return [...new Set(lengthBuckets(maxLength).map((length) => Math.min(length, modelPositions)))];
}
