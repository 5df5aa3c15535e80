/** Views of PyTorch's tensors: value [i, j, …] lies i·stride₀ + j·stride₁ + … values behind the first. */
import type { Bytes } from './source.ts';

/** Values from the first of a view to its last. */
export const spanOf = (shape: readonly number[], strides: readonly number[]): number =>
  shape.some((length) => length === 0)
    ? 0
    : shape.reduce((span, length, axis) => span + (length - 1) * strides[axis]!, 1);

/** Whether the values lie row by row. The stride of a dimension of length 1 says nothing. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** The values of a view in the order of its rows; `stored` begins with its first and ends with its last value. */
export function rowByRow(stored: Bytes, shape: readonly number[], strides: readonly number[]): Bytes {
  const count = shape.reduce((product, length) => product * length, 1);
  const Words = stored.length / spanOf(shape, strides) === 4 ? Uint32Array : Uint16Array;
  // A copy begins where words may.
  const values = new Words(stored.slice().buffer);
  const ordered = new Words(count);
  const index = shape.map(() => 0);
  for (let at = 0, from = 0; at < count; at++) {
    ordered[at] = values[from]!;
    // The next place: as an odometer, the last axis first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return new Uint8Array(ordered.buffer);
}
