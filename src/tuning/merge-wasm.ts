/** What `mergeProduct` adds, in WebAssembly: four columns of four rows at a time, and the same bits. */
import {
  type Code,
  f64x2,
  get,
  i32,
  i32x4,
  increase,
  lazyWasm,
  repeat,
  set,
  v128,
  type WasmFunction,
} from '../wasm/module.ts';

/** factors [rows, terms] times lines [terms, width], in float64. */
export interface Product {
  readonly terms: number;
  readonly width: number;
  readonly factors: Float64Array;
  readonly lines: Float64Array;
}

const rowsAtOnce = 4;
const columnsAtOnce = 4;
/** Rows that are in its memory at a time. */
const rowsInMemory = 64;

/**
 * Rows of f32 lie at 0, four and four. The parameters: bytes of a row; the address of lines in f64, one of each term, and of
 * their factors, four of each term for each four rows; where all factors end, and how many bytes four rows have of them.
 * Then where a row ends, addresses of four columns of four rows, of lines and of a line there, and of factors and where they
 * end; and as vectors of two what is read of a line, a factor twice, and the sums of each row.
 */
const [rowBytes, lines, factors, factorsEnd, groupBytes] = [0, 1, 2, 3, 4];
const rows = [5, 6, 7, 8];
const [rowEnd, column, line, factor, groupEnd] = [9, 10, 11, 12, 13];
const [left, right, both] = [14, 15, 16];
const sums = rows.map((_, row) => [17 + 2 * row, 18 + 2 * row] as const);

const addTerm: readonly Code[] = [
  set(left, v128.load(0, get(line))),
  set(right, v128.load(16, get(line))),
  ...sums.flatMap(([first, second], row) => [
    set(both, v128.load64Twice(8 * row, get(factor))),
    set(first, f64x2.add(get(first), f64x2.mul(get(both), get(left)))),
    set(second, f64x2.add(get(second), f64x2.mul(get(both), get(right)))),
  ]),
  increase(line, i32.add(get(rowBytes), get(rowBytes))),
  increase(factor, i32.of(8 * rowsAtOnce)),
];

const addSums: readonly Code[] = sums.flatMap((halves, row) =>
  halves.map((sum, half) => {
    const weights = v128.load64(8 * half, get(rows[row]!));
    return v128.store64(8 * half, get(rows[row]!), f64x2.toF32(f64x2.add(f64x2.ofF32(weights), get(sum))));
  }),
);

const addProduct: WasmFunction = {
  parameters: 5,
  locals: [...Array<'i32'>(9).fill('i32'), ...Array<'v128'>(11).fill('v128')],
  body: [
    repeat(
      i32.isLess(get(factors), get(factorsEnd)),
      ...[1, 2, 3].map((row) => set(rows[row]!, i32.add(get(rows[row - 1]!), get(rowBytes)))),
      set(rowEnd, get(rows[1]!)),
      set(column, get(lines)),
      set(groupEnd, i32.add(get(factors), get(groupBytes))),
      repeat(
        i32.isLess(get(rows[0]!), get(rowEnd)),
        ...sums.flat().map((sum) => set(sum, i32x4.splat(i32.of(0)))),
        set(line, get(column)),
        set(factor, get(factors)),
        repeat(i32.isLess(get(factor), get(groupEnd)), ...addTerm),
        ...addSums,
        ...rows.map((row) => increase(row, i32.of(4 * columnsAtOnce))),
        increase(column, i32.of(8 * columnsAtOnce)),
      ),
      // The first of the next four rows begins where the last of these ends.
      set(rows[0]!, get(rows[3]!)),
      set(factors, get(groupEnd)),
    ),
    i32.of(0),
  ],
};

const started = lazyWasm(addProduct);

/** Adds a product to a weight; false where WebAssembly or its memory is not to be had, or rows are no whole vectors. */
export function addInVectors(weight: Float32Array, { terms, width, factors, lines }: Product): boolean {
  const wasm = width % columnsAtOnce === 0 ? started() : undefined;
  const linesAt = rowsInMemory * 4 * width;
  const factorsAt = linesAt + 8 * lines.length;
  const whole = wasm?.memory(factorsAt + rowsInMemory * terms * 8);
  if (!wasm || !whole) return false;
  new Float64Array(whole, linesAt, lines.length).set(lines);
  const arranged = new Float64Array(whole, factorsAt, rowsInMemory * terms);
  const piece = rowsInMemory * width;
  for (let from = 0; from < weight.length; from += piece) {
    const values = weight.subarray(from, from + piece);
    const count = values.length / width;
    for (let row = 0; row < count; row++)
      for (let k = 0; k < terms; k++) {
        const group = row - (row % rowsAtOnce);
        arranged[group * terms + k * rowsAtOnce + (row % rowsAtOnce)] = factors[(from / width + row) * terms + k]!;
      }
    const held = new Float32Array(whole, 0, values.length);
    held.set(values);
    const groupBytes = 8 * rowsAtOnce * terms;
    wasm.run(4 * width, linesAt, factorsAt, factorsAt + Math.ceil(count / rowsAtOnce) * groupBytes, groupBytes);
    values.set(held);
  }
  return true;
}
