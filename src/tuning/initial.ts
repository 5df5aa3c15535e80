/** What fresh adapter parameters start from. */
import { mix32, siteKey } from '../graph/random.ts';
import { elementCount } from '../graph/types.ts';

export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  /** The lengths of the rows of a base weight; of its columns where it lies as [in, out]. */
  | { readonly kind: 'row-norms'; readonly of: string; readonly transposed: boolean };

/**
 * The values a fresh adapter parameter starts from, a pure function of (seed, name, index): the same adapter on every
 * machine, whatever else is trained. `base` is the weight that `init` is taken of, as published.
 */
export function initialValues(
  { name, shape, init }: { readonly name: string; readonly shape: readonly number[]; readonly init: Initial },
  seed: number,
  base?: Float32Array,
): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (init.kind === 'constant') return values.fill(init.value);
  if (init.kind === 'row-norms') return rowNorms(base!, values.length, init.transposed);
  const key = mix32((siteKey(name) ^ mix32(seed >>> 0)) >>> 0);
  // 24 bits of each draw: every f32 in the range is then equally likely. Half a step keeps it clear of both ends.
  for (let index = 0; index < values.length; index++)
    values[index] = init.bound * (((mix32((mix32(index) ^ key) >>> 0) >>> 8) + 0.5) / 2 ** 23 - 1);
  return values;
}

/** The lengths of the `rows` rows of a matrix; of its columns where it is transposed. Sums in float64. */
export function rowNorms(matrix: Float32Array, rows: number, transposed: boolean): Float32Array {
  const squares = new Float64Array(rows);
  const width = matrix.length / rows;
  for (let index = 0; index < matrix.length; index++)
    squares[transposed ? index % rows : Math.floor(index / width)]! += matrix[index]! ** 2;
  return Float32Array.from(squares, Math.sqrt);
}
