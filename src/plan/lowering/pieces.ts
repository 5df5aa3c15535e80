import type { NodeOf, Value } from '../../graph/types.ts';
import type { PiecesSpec } from '../kernels.ts';
import { reads, type Storage, type Use, writes } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

export function lowerSplit(lowering: Lowering, node: NodeOf<'split'>): void {
  const [x] = node.inputs as [Value];
  const pieces = node.outputs.map((_, index) => lowering.define(node, index));
  emitPieces(lowering, 'split', node.attributes.sizes, x.shape[0]!, [
    reads(lowering.storage(x)),
    ...pieces.map((piece) => writes(piece)),
  ]);
  lowering.release(x);
}

export function lowerConcat(lowering: Lowering, node: NodeOf<'concat'>): void {
  const sizes = node.inputs.map(({ shape }) => shape[1]!);
  const pieces: Storage[] = node.inputs.map((value) => lowering.storage(value));
  emitPieces(lowering, 'concat', sizes, node.outputs[0]!.shape[0]!, [
    writes(lowering.define(node)),
    ...pieces.map(reads),
  ]);
  for (const input of node.inputs) lowering.release(input);
}

function emitPieces(
  lowering: Lowering,
  direction: PiecesSpec['direction'],
  sizes: readonly number[],
  rows: number,
  uses: readonly Use[],
): void {
  const [first, second, third = 0] = sizes as [number, number, number?];
  const width = first + second + third;
  const vec4 = sizes.every((size) => size % 4 === 0);
  lowering.emit<'pieces'>({
    spec: { kernel: 'pieces', direction, pieces: sizes.length as 2 | 3, vec4 },
    uses,
    uniforms: { rows, width, begin1: first, begin2: first + second },
    workgroups: flatWorkgroups((rows * width) / (vec4 ? 4 : 1), lowering.profile),
  });
}
