/** Folding an adapter into a weight, on the processor: it happens once, while a whole model is written. */

interface MatrixSizes {
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly scale: number;
  /** The weight lies as [in, out]. */
  readonly transposed: boolean;
}

/** W + scale · B·A: b [out, rank], a [rank, in]; sums in float64. */
export function mergeProduct(
  weight: Float32Array,
  b: Float32Array,
  a: Float32Array,
  { rank, inFeatures, outFeatures, scale, transposed }: MatrixSizes,
): Float32Array {
  const merged = new Float32Array(weight.length);
  const row = new Float64Array(inFeatures);
  for (let out = 0; out < outFeatures; out++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * b[out * rank + k]!;
      for (let i = 0; i < inFeatures; i++) row[i]! += factor * a[k * inFeatures + i]!;
    }
    for (let i = 0; i < inFeatures; i++) {
      const at = transposed ? i * outFeatures + out : out * inFeatures + i;
      merged[at] = weight[at]! + row[i]!;
    }
  }
  return merged;
}

/** A matrix with each row, or each column, multiplied by its factor; of a vector each value. */
export function scaleMatrix(weight: Float32Array, factors: Float32Array, byRow: boolean): Float32Array {
  const width = byRow ? weight.length / factors.length : 1;
  return weight.map((value, index) => value * factors[Math.floor(index / width) % factors.length]!);
}
