import { type MatmulSpec, matmulVectors } from '../../plan/kernels/matmul.ts';
import { type RegisterTile, scalarOutput, vectorOutput } from './matmul-registers.ts';
import { range } from './wgsl.ts';

/** Which row and column of the product the thread's output (i, j) is. */
export interface OutputPlaces {
  readonly row: (i: number) => string;
  readonly column: (j: number) => string;
}

/** scale · accumulator + addend into `out`, for the outputs inside the product. */
export function storeOutputs(spec: MatmulSpec, tile: RegisterTile, { row, column }: OutputPlaces): string {
  const vector = matmulVectors(spec).out === 4;
  const rows = range(tile.rows).map((i) => {
    const stores = range(vector ? tile.columns / 4 : tile.columns).map((j) => {
      const value = vector ? vectorOutput(tile, i, j) : scalarOutput(tile, i, j);
      return `{ let column = ${column(vector ? 4 * j : j)};
if (column < dims.n) { let at = (start + column)${vector ? ' >> 2u' : ''}; out[at] = ${withAddend(spec, value, vector)}; } }`;
    });
    return `{ let row = ${row(i)};
if (row < dims.m) { let start = slice + row * dims.ldc;
${stores.join('\n')} } }`;
  });
  const batch = spec.grouping === 'none' ? ' + group.z * dims.batchC' : '';
  return `let slice = dims.cOffset${batch};
${spec.addend === 'matrix' ? `let addend_slice = dims.addendOffset${batch};` : ''}
${spec.addend === 'kept' ? 'let kept = keep[0] != 0.0;' : ''}
${rows.join('\n')}`;
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
