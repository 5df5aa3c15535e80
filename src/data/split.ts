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

/** Rows held back of which a chance result would not look like one. */
export const rowsThatTell = 5;

/** The share of some rows that holds so many back, in whole percent. */
export const shareThatTells = (rows: number): number => Math.ceil((100 * rowsThatTell) / rows) / 100;

/** Keeps the split's draws apart from those of the epochs, which use the same seed. */
const splitStream = 0x73706c74;

/** Rows held out of `rowCount`: the share rounded up, as scikit-learn and so H2O LLM Studio do, at least one. */
export function validationRowCount(rowCount: number, settings: SplitSettings): number {
  if (settings.validation_strategy !== 'automatic') return 0;
  // The small term keeps 0.07 · 100 = 7.000000000000001 at 7.
  return Math.max(1, Math.ceil(rowCount * settings.validation_size - 1e-9));
}

/**
 * Draws the validation rows by seed; the same rows for the same count, share and seed.
 * @param roots for each row the first of its conversation: conversations are held out whole, and counted instead of rows
 * @param isMade of rows that are never held out, nor their conversations: with and without them the same rows are
 */
export function splitRows(
  rowCount: number,
  settings: SplitSettings,
  seed: number,
  roots: Int32Array | null = null,
  isMade: (row: number) => boolean = () => false,
): Split {
  const all = Array.from({ length: rowCount }, (_, row) => row);
  const groupOf = (row: number) => (roots ? roots[row]! : row);
  const made = new Set(all.filter(isMade).map(groupOf));
  const groups = [...new Set(all.map(groupOf))].filter((group) => !made.has(group));
  const drawn = shuffledIndices(groups.length, seed, splitStream).subarray(
    0,
    validationRowCount(groups.length, settings),
  );
  const held = new Set(Array.from(drawn, (place) => groups[place]!));
  const isHeld = (row: number) => held.has(groupOf(row));
  return { train: all.filter((row) => !isHeld(row)), validation: all.filter(isHeld) };
}

const sampleStream = 0x73616d70;

/** Fewest rows that `sampleRows` leaves, as in H2O LLM Studio. */
const smallestSample = 10;

/**
 * A share of the rows, drawn by seed, in their order; whole conversations where `roots` says which rows are one.
 * @param share in (0, 1]; H2O LLM Studio's `data_sample`
 */
export function sampleRows(
  rows: readonly number[],
  share: number,
  seed: number,
  roots: Int32Array | null = null,
): readonly number[] {
  if (share >= 1) return rows;
  const groupOf = (row: number) => (roots ? roots[row]! : row);
  const groups = [...new Set(rows.map(groupOf))];
  const count = Math.max(roots ? 1 : smallestSample, Math.floor(groups.length * share));
  const drawn = shuffledIndices(groups.length, seed, sampleStream).subarray(0, count);
  const kept = new Set(Array.from(drawn, (place) => groups[place]!));
  return rows.filter((row) => kept.has(groupOf(row)));
}

/**
 * Stops a run that could not take one step.
 *
 * @throws AppError 'rows-none' with no row at all, 'rows-too-few' with fewer than a batch where incomplete batches are
 * dropped.
 */
export function requireBatch(rows: number, batchSize: number, dropLastBatch: boolean): void {
  if (rows === 0) throw new AppError('rows-none');
  if (dropLastBatch && rows < batchSize) throw new AppError('rows-too-few', { rows, batchSize });
}
