import type { NodeOf, Value } from '../../graph/types.ts';
import type { PiecesSpec } from '../kernels/pieces.ts';
import type { Storage } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

export function lowerSplit(lowering: Lowering, node: NodeOf<'split'>): void {
  const [x] = node.inputs as [Value];
  const pieces = node.outputs.map((_, index) => lowering.define(node, index));
  emitPieces(lowering, 'split', node.attributes.sizes, x.shape[0]!, lowering.storage(x), pieces);
  lowering.release(x);
}

export function lowerConcat(lowering: Lowering, node: NodeOf<'concat'>): void {
  const sizes = node.inputs.map(({ shape }) => shape[1]!);
  const pieces = node.inputs.map((value) => lowering.storage(value));
  emitPieces(lowering, 'concat', sizes, node.outputs[0]!.shape[0]!, lowering.define(node), pieces);
  for (const input of node.inputs) lowering.release(input);
}

function emitPieces(
  lowering: Lowering,
  direction: PiecesSpec['direction'],
  sizes: readonly number[],
  rows: number,
  whole: Storage,
  pieces: readonly Storage[],
): void {
  const [first, second, third = 0] = sizes as [number, number, number?];
  const [piece0, piece1, piece2] = pieces as [Storage, Storage, Storage?];
  const width = first + second + third;
  const vec4 = sizes.every((size) => size % 4 === 0);
  lowering.emit<'pieces'>({
    spec: { kernel: 'pieces', direction, pieces: sizes.length as 2 | 3, vec4 },
    storages: { whole, piece0, piece1, piece2 },
    uniforms: { rows, width, begin1: first, begin2: first + second },
    workgroups: flatWorkgroups((rows * width) / (vec4 ? 4 : 1), lowering.profile),
    flops: 0,
  });
}
