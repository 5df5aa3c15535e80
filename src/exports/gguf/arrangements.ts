/** How the values of a tensor lie in llama.cpp where they lie otherwise than in transformers; all row-major. */

/** An order of rows: row i of what is written is row `order[i]` of what is published. */
export interface Arrangement {
  readonly order: Uint32Array;
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

/** @param width values in a row; 1 of a bias */
export function arranged(values: Float32Array, { order }: Arrangement, width: number): Float32Array {
  const out = new Float32Array(values.length);
  order.forEach((from, to) => {
    out.set(values.subarray(from * width, (from + 1) * width), to * width);
  });
  return out;
}

/** The same backwards. */
export function restored(values: Float32Array, { order }: Arrangement, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  order.forEach((to, from) => {
    out.set(values.subarray(from * width, (from + 1) * width), to * width);
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
