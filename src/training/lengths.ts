import type { RunConfig } from './run-config.ts';

/** The most tokens of a row: the setting, or what the model has room for where that is less. */
export function maximumLength(config: RunConfig, modelPositions: number): number {
  return Math.min(config.tokenizer.max_length, modelPositions);
}
