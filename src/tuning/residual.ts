/**
 * What initialisations of LoRA that change the base leave of its weights: PEFT takes s·B·A of the fresh matrices out of
 * the published weight W, in training and again when the adapter is loaded. Which of them follows from W alone can be
 * repeated here.
 */
import { AppError, because } from '../errors.ts';
import { transposed } from './saved.ts';
import { dot, leadingVectors, length } from './singular.ts';

/** PiSSA (arXiv 2404.02948) and OLoRA (arXiv 2406.01775). */
export const repeatable = ['pissa', 'olora'] as const;
export type ChangesBase = (typeof repeatable)[number];

interface Decomposed {
  readonly rank: number;
  readonly scale: number;
}

/**
 * Weights of all modules that are decomposed at the most: some minutes. Values without any order are the worst case:
 * 896 × 896 of them take 11 seconds of a processor (rank 16).
 */
const mostValues = 32e6;

/** @throws AppError 'adapter-changes-base' where the matrices of these shapes together are too large to decompose */
export function requireDecomposable(init: ChangesBase, shapes: readonly (readonly number[])[]): void {
  const values = shapes.reduce((sum, [rows, columns]) => sum + rows! * columns!, 0);
  const millions = (count: number) => because`${Math.round(count / 1e6)} million`;
  if (init === 'pissa' && values > mostValues)
    throw new AppError('adapter-changes-base', {
      init,
      reason: because`its modules have ${millions(values)} weights where ${millions(mostValues)} can be decomposed here`,
    });
}

/**
 * A published weight, as it lies, without s·B·A of the fresh matrices; still to be rounded to its published type.
 * @throws AppError 'adapter-changes-base' where they do not follow from the weight
 */
export function residualOf(
  init: ChangesBase,
  weight: Float32Array,
  shape: readonly number[],
  module: Decomposed,
): Float32Array {
  const [rows, columns] = shape as [number, number];
  return init === 'pissa'
    ? withoutLeading(weight, rows, columns, module.rank)
    : withoutFirstColumns(weight, columns, module);
}

/** W − U·S·Vᵀ of its largest singular values, whatever the scale: A and B are divided by its root. */
function withoutLeading(weight: Float32Array, rows: number, columns: number, rank: number): Float32Array {
  if (rows < columns) return transposed(withoutLeading(transposed(weight, rows), columns, rows, rank), columns);
  const { vectors, values } = leadingVectors(weight, columns, Math.min(rank, columns));
  const [largest, last, next = 0] = [values[0]!, values[rank - 1] ?? 0, values[rank]];
  // Where two singular values are equal, which of their vectors are taken is chance.
  if (next > 1e-6 * largest && last - next < 1e-6 * largest) throw undetermined('pissa');
  return withoutProjection(weight, columns, vectors);
}

/** W − s·Q·R of the first columns of its QR decomposition, which span the first columns of W. */
function withoutFirstColumns(weight: Float32Array, columns: number, { rank, scale }: Decomposed): Float32Array {
  const rows = weight.length / columns;
  const flipped = transposed(weight, rows);
  const basis: Float64Array[] = [];
  for (let column = 0; column < Math.min(rank, columns, rows); column++) {
    const rest = Float64Array.from(flipped.subarray(column * rows, (column + 1) * rows));
    const whole = length(rest);
    for (const vector of [...basis, ...basis]) {
      const part = dot(rest, vector);
      for (let i = 0; i < rows; i++) rest[i]! -= part * vector[i]!;
    }
    const size = length(rest);
    if (!(size > 1e-6 * whole)) throw undetermined('olora');
    basis.push(rest.map((value) => value / size));
  }
  return transposed(withoutProjection(flipped, rows, basis, scale), columns);
}

/** Each row without `share` of its part along orthonormal vectors; sums in float64. */
function withoutProjection(
  matrix: Float32Array,
  columns: number,
  vectors: readonly Float64Array[],
  share = 1,
): Float32Array<ArrayBuffer> {
  const rest = new Float32Array(matrix.length);
  for (let from = 0; from < matrix.length; from += columns) {
    const row = Float64Array.from(matrix.subarray(from, from + columns));
    const parts = vectors.map((vector) => dot(vector, row));
    for (const [at, vector] of vectors.entries())
      for (let i = 0; i < columns; i++) row[i]! -= share * parts[at]! * vector[i]!;
    rest.set(row, from);
  }
  return rest;
}

const undetermined = (init: ChangesBase): AppError =>
  new AppError('adapter-changes-base', {
    init,
    reason: because`it does not follow from these weights: they have no one decomposition`,
  });
