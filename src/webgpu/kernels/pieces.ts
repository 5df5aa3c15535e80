import type { PiecesSpec } from '../../plan/kernels/pieces.ts';
import { flatIndex, type KernelText, range } from './wgsl.ts';

/** A workgroup copies 64 elements (or vectors of four) between the whole and its pieces; each is read and written once. */
export function pieces(spec: PiecesSpec): KernelText {
  const { vec4, direction } = spec;
  const unit = vec4 ? ' / 4u' : '';
  const numbers = range(spec.pieces);
  const begins = ['0u', 'begin1', 'begin2'];
  const ends = [...begins.slice(1, spec.pieces), 'width'];
  const copy = (piece: number): string => {
    const at = `piece${piece}[row * (${ends[piece]} - ${begins[piece]}) + column - ${begins[piece]}]`;
    return direction === 'split' ? `${at} = whole[i];` : `whole[i] = ${at};`;
  };
  const branches = numbers.map((piece) => `if (column < ${ends[piece]}) { ${copy(piece)} }`);
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
let width = dims.width${unit};
let begin1 = dims.begin1${unit};
let begin2 = dims.begin2${unit};
if (i < dims.rows * width) {
let row = i / width;
let column = i % width;
${branches.join(' else ')}
}`,
  };
}
