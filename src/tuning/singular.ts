/** The leading singular vectors of a matrix, in float64: block Davidson on its Gram matrix, restarted with Ritz vectors. */
import { mix32 } from '../graph/random.ts';

type Vector = Float64Array;

export interface LeadingVectors {
  /** Orthonormal, each of as many values as the matrix has columns; the largest singular value first. */
  readonly vectors: readonly Vector[];
  /** Their singular values, and the next one where there is one. */
  readonly values: readonly number[];
}

/** Residuals over the largest eigenvalue: well below what f32 can show. */
const tolerance = 1e-10;
/** More vectors than are asked for let the last of those converge too. */
const spare = 8;

/**
 * The right singular vectors of a matrix [rows, columns], rows ≥ columns, for the `count` largest singular values.
 * Each pass over the matrix multiplies a block of vectors by AᵀA, whose eigenvectors they are.
 * @param mostPasses after which what was found is given, whether or not it has settled; it is orthonormal all the same
 */
export function leadingVectors(
  matrix: Float32Array,
  columns: number,
  count: number,
  mostPasses = Number.POSITIVE_INFINITY,
): LeadingVectors {
  const width = Math.min(columns, count + spare);
  const most = Math.min(columns, 4 * width);
  let basis = orthonormal(drawn(columns, width), []);
  let images = gramProducts(matrix, basis);
  for (let passes = 1; ; passes++) {
    const { values, vectors } = symmetricEigen(basis.map((left) => images.map((right) => dot(left, right))));
    const kept = Math.min(basis.length, most > 2 * width ? most - width : most);
    basis = combined(basis, vectors, basis.length < columns ? kept : columns);
    images = combined(images, vectors, basis.length);
    const residuals = basis
      .slice(0, width)
      .map((vector, at) => images[at]!.map((x, i) => x - values[at]! * vector[i]!));
    const error = Math.max(...residuals.slice(0, count).map(length));
    const added =
      error <= tolerance * values[0]! || basis.length === columns || passes >= mostPasses
        ? []
        : orthonormal(residuals, basis);
    if (added.length === 0) {
      const singular = values.slice(0, count + 1).map((value) => Math.sqrt(Math.max(0, value)));
      return { vectors: basis.slice(0, count), values: singular };
    }
    basis = [...basis, ...added.slice(0, columns - basis.length)];
    images = [...images, ...gramProducts(matrix, basis.slice(images.length))];
  }
}

/** Aᵀ(A·v) of each vector, in passes over the rows that take four vectors each: their sums do not wait for each other. */
function gramProducts(matrix: Float32Array, vectors: readonly Vector[]): Vector[] {
  const columns = vectors[0]!.length;
  const nothing = new Float64Array(columns);
  const products = vectors.map(() => new Float64Array(columns));
  for (let at = 0; at < vectors.length; at += 4) {
    const [a, b = nothing, c = nothing, d = nothing] = vectors.slice(at, at + 4) as [Vector];
    const [toA, toB = nothing.slice(), toC = toB, toD = toB] = products.slice(at, at + 4) as [Vector];
    for (let from = 0; from < matrix.length; from += columns) {
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let i = 0; i < columns; i++) {
        const value = matrix[from + i]!;
        p += value * a[i]!;
        q += value * b[i]!;
        r += value * c[i]!;
        s += value * d[i]!;
      }
      for (let i = 0; i < columns; i++) {
        const value = matrix[from + i]!;
        toA[i]! += p * value;
        toB[i]! += q * value;
        toC[i]! += r * value;
        toD[i]! += s * value;
      }
    }
  }
  return products;
}

/** Those of the vectors that are new beside `others`, made orthonormal; twice, as once leaves rounding behind. */
function orthonormal(vectors: readonly Vector[], others: readonly Vector[]): Vector[] {
  const found: Vector[] = [];
  for (const vector of vectors) {
    const whole = length(vector);
    const rest = vector.slice();
    for (const other of [...others, ...found, ...others, ...found]) subtract(rest, dot(rest, other), other);
    const size = length(rest);
    if (size > 1e-10 * whole) found.push(rest.map((value) => value / size));
  }
  return found;
}

function combined(vectors: readonly Vector[], weights: readonly Vector[], count: number): Vector[] {
  return weights.slice(0, count).map((weight) => {
    const sum = new Float64Array(vectors[0]!.length);
    for (const [at, vector] of vectors.entries()) subtract(sum, -weight[at]!, vector);
    return sum;
  });
}

/** Eigenvalues, the largest first, and eigenvectors of a symmetric matrix: cyclic Jacobi rotations. */
function symmetricEigen(rows: readonly (readonly number[])[]): { values: number[]; vectors: Vector[] } {
  const size = rows.length;
  const a = rows.map((row) => Float64Array.from(row));
  const v = a.map((_, at) => new Float64Array(size).fill(1, at, at + 1));
  const scale = Math.max(...a.flatMap((row) => [...row].map(Math.abs)));
  for (let rotated = true; rotated; ) {
    rotated = false;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const off = a[p]![q]!;
        if (Math.abs(off) <= 1e-15 * scale) continue;
        rotated = true;
        const ratio = (a[q]![q]! - a[p]![p]!) / (2 * off);
        const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
        const cosine = 1 / Math.hypot(1, tangent);
        for (const row of a) turn(row, p, q, cosine, tangent * cosine);
        turnRows(a[p]!, a[q]!, cosine, tangent * cosine);
        turnRows(v[p]!, v[q]!, cosine, tangent * cosine);
      }
  }
  const order = a.map((_, at) => at).sort((x, y) => a[y]![y]! - a[x]![x]!);
  return { values: order.map((at) => a[at]![at]!), vectors: order.map((at) => v[at]!) };
}

function turn(row: Vector, p: number, q: number, cosine: number, sine: number): void {
  const [x, y] = [row[p]!, row[q]!];
  row[p] = cosine * x - sine * y;
  row[q] = sine * x + cosine * y;
}

function turnRows(first: Vector, second: Vector, cosine: number, sine: number): void {
  for (let i = 0; i < first.length; i++) {
    const [x, y] = [first[i]!, second[i]!];
    first[i] = cosine * x - sine * y;
    second[i] = sine * x + cosine * y;
  }
}

/** Any start will do that has a part in every direction. */
const drawn = (columns: number, count: number): Vector[] =>
  Array.from({ length: count }, (_, at) =>
    Float64Array.from({ length: columns }, (_, i) => mix32(at * columns + i + 1) / 2 ** 31 - 1),
  );

export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export const length = (vector: Vector): number => Math.sqrt(dot(vector, vector));

function subtract(from: Vector, factor: number, vector: Vector): void {
  for (let i = 0; i < from.length; i++) from[i]! -= factor * vector[i]!;
}
