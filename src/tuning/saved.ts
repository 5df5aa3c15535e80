/** Values of adapter parameters as they lie in a buffer and as PEFT saves them, where that is not the same. */
import type { AdapterParameter, SavedTensor } from './method.ts';

/** The matrix [columns, rows] of a matrix [rows, columns]. */
export function transposed(values: Float32Array, rows: number): Float32Array<ArrayBuffer> {
  const columns = values.length / rows;
  return Float32Array.from(values, (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]!);
}

/** The shape in which PEFT saves a parameter. */
export const savedShape = ({ shape, savedTransposed }: AdapterParameter): readonly number[] =>
  savedTransposed ? [...shape].reverse() : shape;

export function toSaved(parameter: AdapterParameter, values: Float32Array<ArrayBuffer>): SavedTensor {
  const data = parameter.savedTransposed ? transposed(values, parameter.shape[0]!) : values;
  return { shape: savedShape(parameter), data };
}

export function fromSaved(parameter: AdapterParameter, { data }: SavedTensor): Float32Array<ArrayBuffer> {
  return parameter.savedTransposed ? transposed(data, parameter.shape[1]!) : data;
}
