/** How the values of a tensor lie in llama.cpp where they lie otherwise than in transformers; all row-major. */

/** An order of rows: row i of what is written is row `order[i]` of what is published. Values of a vector are its rows. */
export interface Arrangement {
  readonly order: Uint32Array;
  /** It is the order of the columns: rows stay where they are. */
  readonly ofColumns?: true;
}

/**
 * Heads whose rotary pairs are (0, d/2), (1, d/2 + 1), … as rows of pairs side by side: (0, 1), (2, 3), … This is what
 * `LlamaModel.permute` of llama.cpp's converter does: reshape(heads, 2, d/2, …).swapaxes(1, 2).
 */
export function pairsSideBySide(heads: number, headDim: number): Arrangement {
  const half = headDim / 2;
  const order = new Uint32Array(heads * headDim);
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < half; i++)
      for (let side = 0; side < 2; side++) order[head * headDim + 2 * i + side] = head * headDim + side * half + i;
  return { order };
}

/** Query, key and value of each head side by side (GPT-NeoX), as all queries, then all keys, then all values. */
export function partsTogether(heads: number, headDim: number): Arrangement {
  const order = new Uint32Array(3 * heads * headDim);
  let at = 0;
  for (let part = 0; part < 3; part++)
    for (let head = 0; head < heads; head++)
      for (let i = 0; i < headDim; i++) order[at++] = (3 * head + part) * headDim + i;
  return { order };
}

/**
 * Heads of values that share a key, which lie side by side, as the first of every key, then the second of every key, …:
 * llama.cpp repeats keys one behind the other. This is `_reorder_v_heads` of its converter.
 * @param before rows before them, which stay
 */
export function firstOfEachKey(keyHeads: number, perKey: number, headDim: number, before = 0): Arrangement {
  const order = Uint32Array.from({ length: before + keyHeads * perKey * headDim }, (_, i) => i);
  let to = before;
  for (let nth = 0; nth < perKey; nth++)
    for (let key = 0; key < keyHeads; key++)
      for (let i = 0; i < headDim; i++) order[to++] = before + (key * perKey + nth) * headDim + i;
  return { order };
}

export const arranged = (values: Float32Array, arrangement: Arrangement): Float32Array<ArrayBuffer> =>
  moved(values, arrangement, (from, to) => [from, to]);

/** The same backwards. */
export const restored = (values: Float32Array, arrangement: Arrangement): Float32Array<ArrayBuffer> =>
  moved(values, arrangement, (from, to) => [to, from]);

function moved(
  values: Float32Array,
  { order, ofColumns }: Arrangement,
  direction: (from: number, to: number) => readonly [number, number],
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  const each = values.length / order.length;
  order.forEach((published, written) => {
    const [from, to] = direction(published, written);
    if (ofColumns) for (let at = 0; at < values.length; at += order.length) out[at + to] = values[at + from]!;
    else out.set(values.subarray(from * each, (from + 1) * each), to * each);
  });
  return out;
}

/** A matrix [rows, columns] as [columns, rows]. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column]!;
  return out;
}
