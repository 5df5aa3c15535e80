/** Folding an adapter into a weight, on the processor: it happens once, while a whole model is written. */
import { addInVectors, type Product } from './merge-wasm.ts';

interface MatrixSizes {
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly scale: number;
  /** The weight lies as [in, out]. */
  readonly transposed: boolean;
}

/** Makes W to W + scale · B·A, and gives it: b [out, rank], a [rank, in]; sums in float64, term after term. */
export function mergeProduct<Weight extends Float32Array>(
  weight: Weight,
  b: Float32Array,
  a: Float32Array,
  { rank, inFeatures, outFeatures, scale, transposed }: MatrixSizes,
): Weight {
  const scaled = new Float64Array(b).map((value) => scale * value);
  const exact = new Float64Array(a.subarray(0, rank * inFeatures));
  const product: Product = transposed
    ? { terms: rank, width: outFeatures, factors: turned(exact, inFeatures), lines: turned(scaled, rank) }
    : { terms: rank, width: inFeatures, factors: scaled, lines: exact };
  if (!addInVectors(weight, product)) addOneByOne(weight, product);
  return weight;
}

function addOneByOne(weight: Float32Array, { terms, width, factors, lines }: Product): void {
  const sums = new Float64Array(width);
  for (let at = 0, row = 0; at < weight.length; at += width, row++) {
    sums.fill(0);
    for (let k = 0; k < terms; k++) {
      const factor = factors[row * terms + k]!;
      for (let i = 0; i < width; i++) sums[i] = sums[i]! + factor * lines[k * width + i]!;
    }
    for (let i = 0; i < width; i++) weight[at + i] = weight[at + i]! + sums[i]!;
  }
}

/** A matrix of so many columns, transposed. */
function turned(values: Float64Array, columns: number): Float64Array {
  const rows = values.length / columns;
  const out = new Float64Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column]!;
  return out;
}

/** A matrix with each row, or each column, multiplied by its factor; of a vector each value. */
export function scaleMatrix(weight: Float32Array, factors: Float32Array, byRow: boolean): Float32Array {
  const width = byRow ? weight.length / factors.length : 1;
  return weight.map((value, index) => value * factors[Math.floor(index / width) % factors.length]!);
}
