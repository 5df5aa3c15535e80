/** Folding an adapter into a weight, on the processor: it happens once, while a whole model is written. */

interface MatrixSizes {
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly scale: number;
  /** The weight lies as [in, out]. */
  readonly transposed: boolean;
}

/** Rows of B, and terms of their sums, that are added in one pass over A: half the loads, and results in registers. */
const rowsAtOnce = 2;
const termsAtOnce = 4;

/** W + scale · B·A: b [out, rank], a [rank, in]; sums in float64, term after term. */
export function mergeProduct(
  weight: Float32Array,
  b: Float32Array,
  a: Float32Array,
  { rank, inFeatures, outFeatures, scale, transposed }: MatrixSizes,
): Float32Array {
  const merged = new Float32Array(weight.length);
  const terms = Math.ceil(rank / termsAtOnce) * termsAtOnce;
  const lines = new Float64Array(terms * inFeatures);
  lines.set(a.subarray(0, rank * inFeatures));
  const factors = new Float64Array(rowsAtOnce * terms);
  const sums = Array.from({ length: rowsAtOnce }, () => new Float64Array(inFeatures)) as [Float64Array, Float64Array];
  for (let out = 0; out < outFeatures; out += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, outFeatures - out);
    factors.fill(0);
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < rank; k++) factors[row * terms + k] = scale * b[(out + row) * rank + k]!;
    for (const sum of sums) sum.fill(0);
    for (let k = 0; k < terms; k += termsAtOnce) addTerms(sums, factors, k, terms, lines, inFeatures);
    for (let row = 0; row < rows; row++) {
      const sum = sums[row]!;
      const step = transposed ? outFeatures : 1;
      let at = (out + row) * (transposed ? 1 : inFeatures);
      for (let i = 0; i < inFeatures; i++, at += step) merged[at] = weight[at]! + sum[i]!;
    }
  }
  return merged;
}

/** Adds four terms to the sums of two rows. */
function addTerms(
  [first, second]: [Float64Array, Float64Array],
  factors: Float64Array,
  k: number,
  terms: number,
  lines: Float64Array,
  width: number,
): void {
  const line = (term: number) => lines.subarray((k + term) * width, (k + term + 1) * width);
  const a0 = line(0);
  const a1 = line(1);
  const a2 = line(2);
  const a3 = line(3);
  const f0 = factors[k]!;
  const f1 = factors[k + 1]!;
  const f2 = factors[k + 2]!;
  const f3 = factors[k + 3]!;
  const g0 = factors[terms + k]!;
  const g1 = factors[terms + k + 1]!;
  const g2 = factors[terms + k + 2]!;
  const g3 = factors[terms + k + 3]!;
  for (let i = 0; i < width; i++) {
    const x0 = a0[i]!;
    const x1 = a1[i]!;
    const x2 = a2[i]!;
    const x3 = a3[i]!;
    first[i] = first[i]! + f0 * x0 + f1 * x1 + f2 * x2 + f3 * x3;
    second[i] = second[i]! + g0 * x0 + g1 * x1 + g2 * x2 + g3 * x3;
  }
}

/** A matrix with each row, or each column, multiplied by its factor; of a vector each value. */
export function scaleMatrix(weight: Float32Array, factors: Float32Array, byRow: boolean): Float32Array {
  const width = byRow ? weight.length / factors.length : 1;
  return weight.map((value, index) => value * factors[Math.floor(index / width) % factors.length]!);
}
