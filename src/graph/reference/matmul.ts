import { elementCount } from '../types.ts';
import type { Reference } from './interpret.ts';

/** A matrix with how far apart its rows and its columns lie, so that a transpose is a swap of the two. */
interface Strided {
  readonly data: Float64Array;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

function matrixOf(data: Float64Array, shape: readonly number[], batch: number, transposed: boolean): Strided {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const offset = batch * rows * columns;
  return transposed
    ? { data, offset, rowStride: 1, columnStride: columns }
    : { data, offset, rowStride: columns, columnStride: 1 };
}

function multiply(a: Strided, b: Strided, m: number, k: number, n: number, out: Float64Array, offset: number): void {
  for (let row = 0; row < m; row++)
    for (let column = 0; column < n; column++) {
      let sum = 0;
      let atA = a.offset + row * a.rowStride;
      let atB = b.offset + column * b.columnStride;
      for (let i = 0; i < k; i++) {
        sum += a.data[atA]! * b.data[atB]!;
        atA += a.columnStride;
        atB += b.rowStride;
      }
      out[offset + row * n + column] = sum;
    }
}

export const matmul: Reference<'matmul'> = (node, [a, b]) => {
  const { transposeA, transposeB } = node.attributes;
  const [shapeA, shapeB] = node.inputs.map((input) => input.shape) as [number[], number[]];
  const { shape } = node.outputs[0]!;
  const [m, n] = shape.slice(-2) as [number, number];
  const k = shapeA.at(transposeA ? -2 : -1)!;
  const batches = shape.length === 3 ? shape[0]! : 1;
  const out = new Float64Array(elementCount(shape));
  for (let batch = 0; batch < batches; batch++) {
    const left = matrixOf(a!, shapeA, batch, transposeA);
    const right = matrixOf(b!, shapeB, batch, transposeB);
    multiply(left, right, m, k, n, out, batch * m * n);
  }
  return [out];
};
