import { type MatmulSpec, matmulVectors } from '../../plan/kernels/matmul.ts';
import { activationFunctions } from './activations.ts';
import { type RegisterTile, scalarOutput, vectorOutput } from './matmul-registers.ts';
import { range } from './wgsl.ts';

/** Which row and column of the product the thread's output (i, j) is. */
export interface OutputPlaces {
  readonly row: (i: number) => string;
  readonly column: (j: number) => string;
}

/** What the stores of a gated activation call. */
export const declareEpilogue = (spec: MatmulSpec): string =>
  spec.gated ? activationFunctions(spec.gated.activation, matmulVectors(spec).out === 4) : '';

/** scale · accumulator + addend into `out`, or what `gated` makes of it, for the outputs inside the product. */
export function storeOutputs(spec: MatmulSpec, tile: RegisterTile, { row, column }: OutputPlaces): string {
  const vector = matmulVectors(spec).out === 4;
  const rows = range(tile.rows).map((i) => {
    const value = (j: number) => (vector ? vectorOutput(tile, i, j) : scalarOutput(tile, i, j));
    return `{ let row = ${row(i)};\n${storeRow(spec, tile, column, value)} }`;
  });
  return `${declareSlices(spec)}\n${rows.join('\n')}`;
}

/**
 * The same in a loop over the thread's rows, `row` being the row of output `i`: a software adapter compiles that in half the
 * time, and a gated activation in each output would be as much text as all the rest. The loop's bound is one the compiler
 * cannot know, or it would write the rows out again.
 */
export function storeOutputsByRow(
  spec: MatmulSpec,
  tile: RegisterTile,
  { row, column }: { readonly row: string; readonly column: OutputPlaces['column'] },
): string {
  const vector = matmulVectors(spec).out === 4;
  const perRow = vector ? tile.columns / 4 : tile.columns;
  const kept = range(tile.rows).flatMap((i) =>
    range(perRow).map(
      (j) => `held[${i * perRow + j}] = ${vector ? vectorOutput(tile, i, j) : scalarOutput(tile, i, j)};`,
    ),
  );
  return `${declareSlices(spec)}
var held: array<${vector ? 'vec4<f32>' : 'f32'}, ${tile.rows * perRow}>;
${kept.join('\n')}
for (var i = 0u; i < ${tile.rows}u * min(dims.m, 1u); i++) {
let row = ${row};
${storeRow(spec, tile, column, (j) => `held[i * ${perRow}u + ${j}u]`)}
}`;
}

/** Where the slice of the workgroup begins, and what its addend needs. */
function declareSlices({ grouping, addend }: MatmulSpec): string {
  const batch = grouping === 'none' ? ' + group.z * dims.batchC' : '';
  return `let slice = dims.cOffset${batch};
${addend === 'matrix' ? `let addend_slice = dims.addendOffset${batch};` : ''}
${addend === 'kept' ? 'let kept = keep[0] != 0.0;' : ''}`;
}

/** Stores the outputs of the row `row`: `value` gives each of its values or vectors. */
function storeRow(
  spec: MatmulSpec,
  tile: RegisterTile,
  column: OutputPlaces['column'],
  value: (j: number) => string,
): string {
  const vector = matmulVectors(spec).out === 4;
  const stores = range(vector ? tile.columns / 4 : tile.columns).map(
    (j) => `{ let column = ${column(vector ? 4 * j : j)};
if (column < dims.n) { let at = (start + column)${vector ? ' >> 2u' : ''}; ${storeOne(spec, value(j), vector)} } }`,
  );
  return `if (row < dims.m) { let start = slice + row * dims.ldc;
${stores.join('\n')} }`;
}

function storeOne(spec: MatmulSpec, value: string, vector: boolean): string {
  const { gated } = spec;
  if (!gated) return `out[at] = ${withAddend(spec, value, vector)};`;
  const product = `let product = dims.scale * ${value};`;
  if (gated.of === 'gate')
    return `${product} ${gated.keeps ? 'gate[at] = product; ' : ''}out[at] = activate(product) * up[at];`;
  return `${product} let gate_value = gate[at];
gate[at] = derivative(gate_value) * up[at] * product; up[at] = activate(gate_value) * product;`;
}

function withAddend({ addend }: MatmulSpec, value: string, vector: boolean): string {
  const scaled = `dims.scale * ${value}`;
  switch (addend) {
    case 'none':
      return scaled;
    case 'matrix':
      return `${scaled} + addend[(addend_slice + row * dims.ldc + column)${vector ? ' >> 2u' : ''}]`;
    case 'row':
      return `${scaled} + addend[(dims.addendOffset + column)${vector ? ' >> 2u' : ''}]`;
    case 'self':
      return `${scaled} + out[at]`;
    case 'kept':
      return `${scaled} + select(${vector ? 'vec4<f32>()' : '0.0'}, out[at], kept)`;
  }
}
