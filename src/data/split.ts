import { AppError } from '../errors.ts';
import { shuffledIndices } from './shuffle.ts';

/** Names as in the run config's `dataset` section; with `custom` the validation rows come from a file of their own. */
export interface SplitSettings {
  readonly validation_strategy: 'automatic' | 'custom' | 'none';
  /** Share of the rows, in (0, 1). */
  readonly validation_size: number;
}

export interface Split {
  /** Row indices, ascending: without shuffling, training follows the file's order. */
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/** Keeps the split's draws apart from those of the epochs, which use the same seed. */
const splitStream = 0x73706c74;

/** Rows held out of `rowCount`: the share rounded up, as scikit-learn and so H2O LLM Studio do, at least one. */
export function validationRowCount(rowCount: number, settings: SplitSettings): number {
  if (settings.validation_strategy !== 'automatic') return 0;
  // The small term keeps 0.07 · 100 = 7.000000000000001 at 7.
  return Math.max(1, Math.ceil(rowCount * settings.validation_size - 1e-9));
}

/** Draws the validation rows by seed; the same rows for the same count, share and seed. */
export function splitRows(rowCount: number, settings: SplitSettings, seed: number): Split {
  const held = new Set(
    shuffledIndices(rowCount, seed, splitStream).subarray(0, validationRowCount(rowCount, settings)),
  );
  const all = Array.from({ length: rowCount }, (_, index) => index);
  return { train: all.filter((row) => !held.has(row)), validation: all.filter((row) => held.has(row)) };
}

/**
 * Stops a run that could not take one step.
 *
 * @throws AppError 'rows-too-few' with no row at all, or with fewer than a batch where incomplete batches are dropped.
 */
export function requireBatch(rows: number, batchSize: number, dropLastBatch: boolean): void {
  if (rows === 0 || (dropLastBatch && rows < batchSize)) throw new AppError('rows-too-few', { rows, batchSize });
}
