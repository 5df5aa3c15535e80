/** The nearest matrix of a low rank: a truncated singular value decomposition. */
import { transposed } from './saved.ts';
import { leadingVectors } from './singular.ts';

export interface LowRank {
  /** [rank, columns] */
  readonly a: Float32Array<ArrayBuffer>;
  /** [rows, rank] */
  readonly b: Float32Array<ArrayBuffer>;
  /** ‖M‖²_F, and that of B·A. */
  readonly whole: number;
  readonly kept: number;
}

/**
 * Passes over the matrix. Vectors settle as the square of the ratio of neighbouring singular values; where these are
 * alike, which of them are taken hardly matters. Four passes keep 97% of what the best choice would keep of values
 * without any order, and all but a millionth where the values fall as 1/n (`low-rank.test.ts`).
 */
const mostPasses = 4;

/**
 * M ≈ B·A, the square roots of the singular values in both. Whatever the vectors are, B·A is the part of M along them,
 * so that ‖M‖² = ‖B·A‖² + ‖M − B·A‖².
 * @param rank at most the shorter side
 */
export function lowRank(matrix: Float32Array<ArrayBuffer>, rows: number, columns: number, rank: number): LowRank {
  if (rows < columns) {
    const { a, b, ...sizes } = lowRank(transposed(matrix, rows), columns, rows, rank);
    return { a: transposed(b, columns), b: transposed(a, rank), ...sizes };
  }
  const { vectors } = leadingVectors(matrix, columns, rank, mostPasses);
  const a = new Float32Array(rank * columns);
  const b = new Float32Array(rows * rank);
  let kept = 0;
  for (const [k, vector] of vectors.entries()) {
    const image = product(matrix, rows, vector);
    const square = image.reduce((sum, value) => sum + value * value, 0);
    if (square === 0) continue;
    kept += square;
    const root = square ** 0.25;
    a.set(
      vector.map((value) => value * root),
      k * columns,
    );
    for (let row = 0; row < rows; row++) b[row * rank + k] = image[row]! / root;
  }
  return { a, b, whole: matrix.reduce((sum, value) => sum + value * value, 0), kept };
}

/** M·v */
function product(matrix: Float32Array, rows: number, vector: Float64Array): Float64Array {
  const columns = vector.length;
  const image = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += matrix[row * columns + i]! * vector[i]!;
    image[row] = sum;
  }
  return image;
}
