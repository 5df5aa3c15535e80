/** What fresh adapter parameters start from. */
import { AppError, because } from '../errors.ts';
import { mix32, siteKey } from '../graph/random.ts';
import { elementCount } from '../graph/types.ts';

export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  /** Rows of a base embedding, drawn with repetition, times the factor that the model embeds with. */
  | { readonly kind: 'sampled-rows'; readonly of: string; readonly scale: number }
  /** The rows for the tokens of a text, over and over, times that factor. */
  | { readonly kind: 'text-rows'; readonly of: string; readonly text: string; readonly scale: number }
  /** Only an adapter that is read can give it. */
  | { readonly kind: 'given' }
  /** The lengths of the rows of a base weight; of its columns where it lies as [in, out]. */
  | { readonly kind: 'row-norms'; readonly of: string; readonly transposed: boolean };

/** The tokens of a text, with the special ones that the model's tokenizer adds. */
export type Encode = (text: string) => readonly number[];

/**
 * The values a fresh adapter parameter starts from, a pure function of (seed, name, index): the same adapter on every
 * machine, whatever else is trained. `base` is the weight that `init` is taken of, as published; `encode` gives the
 * tokens of a text.
 */
export function initialValues(
  { name, shape, init }: { readonly name: string; readonly shape: readonly number[]; readonly init: Initial },
  seed: number,
  base?: Float32Array,
  encode?: Encode,
): Float32Array<ArrayBuffer> {
  if (init.kind === 'given')
    throw new AppError('run-config-invalid', {
      key: 'tuning.init_lora_weights',
      reason: because`only an adapter that was made so can be continued (tuning.init_from)`,
    });
  const values = new Float32Array(elementCount(shape));
  if (init.kind === 'constant') return values.fill(init.value);
  if (init.kind === 'text-rows') return scaled(textRows(base!, encode!(init.text), shape[1]!, values), init.scale);
  if (init.kind === 'row-norms') return rowNorms(base!, values.length, init.transposed);
  const key = mix32((siteKey(name) ^ mix32(seed >>> 0)) >>> 0);
  // 24 bits of each draw: every f32 in the range is then equally likely. Half a step keeps it clear of both ends.
  const uniform = (index: number): number => ((mix32((mix32(index) ^ key) >>> 0) >>> 8) + 0.5) / 2 ** 24;
  if (init.kind === 'sampled-rows') return scaled(sampledRows(base!, shape[1]!, values, uniform), init.scale);
  // Two draws a normal value, by Box and Muller.
  const normal = (index: number): number =>
    Math.sqrt(-2 * Math.log(uniform(2 * index))) * Math.cos(2 * Math.PI * uniform(2 * index + 1));
  for (let index = 0; index < values.length; index++)
    values[index] = init.kind === 'normal' ? init.deviation * normal(index) : init.bound * (2 * uniform(index) - 1);
  return values;
}

/** The lengths of the `rows` rows of a matrix; of its columns where it is transposed. Sums in float64. */
export function rowNorms(matrix: Float32Array, rows: number, transposed: boolean): Float32Array<ArrayBuffer> {
  const squares = new Float64Array(rows);
  const width = matrix.length / rows;
  for (let index = 0; index < matrix.length; index++)
    squares[transposed ? index % rows : Math.floor(index / width)]! += matrix[index]! ** 2;
  return Float32Array.from(squares, Math.sqrt);
}

const scaled = (values: Float32Array, scale: number): Float32Array<ArrayBuffer> => values.map((value) => value * scale);

/** The rows for the tokens in turn, from the first again where there are too few (PEFT's `PromptEmbedding`). */
function textRows(
  table: Float32Array,
  tokens: readonly number[],
  width: number,
  values: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  for (let row = 0; row < values.length / width; row++) {
    const from = tokens[row % tokens.length]! * width;
    values.set(table.subarray(from, from + width), row * width);
  }
  return values;
}

function sampledRows(
  table: Float32Array,
  width: number,
  values: Float32Array<ArrayBuffer>,
  uniform: (index: number) => number,
): Float32Array<ArrayBuffer> {
  for (let row = 0; row < values.length / width; row++) {
    const from = Math.floor(uniform(row) * (table.length / width)) * width;
    values.set(table.subarray(from, from + width), row * width);
  }
  return values;
}
