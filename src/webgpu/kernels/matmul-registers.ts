import { range } from './wgsl.ts';

/**
 * The rows × columns outputs that one thread keeps in registers, and the lines that add one step of k to them.
 * An operand whose memory runs along k is held as vectors along k (`a{row}`, `b{column}`); one that runs along the
 * outputs as vectors along those (`a{k}_{row/4}`, `b{k}_{column/4}`). So every load is a vector where memory allows.
 */
export interface RegisterTile {
  readonly rows: number;
  readonly columns: number;
  readonly aAlongK: boolean;
  readonly bAlongK: boolean;
  /** Values of k taken in one step: four where vectors run along k. */
  readonly depth: 1 | 2 | 4;
}

export const component = (i: number): string => 'xyzw'[i % 4]!;

/** Vectors that hold `count` values; the last may be partly unused. */
export const vectorsOf = (count: number): number => Math.ceil(count / 4);

/** With b along k an output is a dot product, kept as a scalar; else a row of outputs is kept in vectors of four. */
export function accumulatorsOf({ rows, columns, bAlongK }: RegisterTile): { type: string; names: string[] } {
  const perRow = bAlongK ? columns : vectorsOf(columns);
  return {
    type: bAlongK ? 'f32' : 'vec4<f32>',
    names: range(rows).flatMap((i) => range(perRow).map((j) => `acc${i}_${j}`)),
  };
}

export function declareAccumulators(tile: RegisterTile): string {
  const { type, names } = accumulatorsOf(tile);
  return names.map((name) => `var ${name} = ${type}();`).join('\n');
}

/** Output (i, j) of the thread. */
export const scalarOutput = ({ bAlongK }: RegisterTile, i: number, j: number): string =>
  bAlongK ? `acc${i}_${j}` : `acc${i}_${j >> 2}.${component(j)}`;

/** Outputs (i, 4j … 4j + 3) of the thread. */
export const vectorOutput = ({ bAlongK }: RegisterTile, i: number, j: number): string =>
  bAlongK ? `vec4<f32>(${range(4).map((c) => `acc${i}_${4 * j + c}`)})` : `acc${i}_${j}`;

/** Adds a·b of one step of k, whose operands are in registers, to all outputs. */
export function multiplyStep(tile: RegisterTile): string {
  return tile.bAlongK ? dotProducts(tile) : outerProducts(tile);
}

function dotProducts({ rows, columns, aAlongK }: RegisterTile): string {
  // Where a runs along the rows its four vectors are turned into four vectors along k.
  const turned = aAlongK
    ? []
    : range(rows).map((i) => `let a${i} = vec4<f32>(${range(4).map((k) => `a${k}_${i >> 2}.${component(i)}`)});`);
  const products = range(rows).flatMap((i) => range(columns).map((j) => `acc${i}_${j} += dot(a${i}, b${j});`));
  return [...turned, ...products].join('\n');
}

function outerProducts(tile: RegisterTile): string {
  const { rows, columns, aAlongK } = tile;
  const valueOfA = (i: number, k: number) => (aAlongK ? `a${i}.${component(k)}` : `a${k}_${i >> 2}.${component(i)}`);
  return range(tile.depth)
    .flatMap((k) =>
      range(rows).flatMap((i) =>
        range(vectorsOf(columns)).map((j) => `acc${i}_${j} += ${valueOfA(i, k)} * b${k}_${j};`),
      ),
    )
    .join('\n');
}
