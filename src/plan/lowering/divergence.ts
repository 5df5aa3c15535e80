import { type DivergenceSide, divergenceInputs, type NodeOf, type Value } from '../../graph/types.ts';
import type { Storage } from '../storage.ts';
import type { Lowering } from './context.ts';
import { chunkBytes, chunkRows, type Head, headOf, multiplyByHead } from './cross-entropy.ts';
import type { Matrix } from './matmul.ts';
import { rowWorkgroups } from './normalization.ts';

interface Side {
  readonly products: readonly { readonly input: Value; readonly head: Head }[];
  readonly bias: Value | undefined;
  /** A chunk of its logits. */
  readonly logits: Storage;
}

/** For each chunk of rows the logits of both sides, which share what cross-entropy gives to its own, and then a row's three numbers. */
export function lowerTokenDivergence(lowering: Lowering, node: NodeOf<'token_divergence'>): void {
  const { labels, base, tuned } = divergenceInputs(node.inputs, node.attributes);
  const rows = labels.shape[0]!;
  const vocabulary = base.products[0]![1].shape[0]!;
  const bytes = Math.min(chunkBytes(lowering, vocabulary) / 2, lowering.profile.maxStorageBufferBindingSize);
  const chunk = chunkRows(rows, vocabulary, bytes);
  const sideOf = ({ products, bias }: DivergenceSide<Value>): Side => ({
    products: products.map(([input, weight]) => ({ input, head: headOf(lowering, weight) })),
    bias,
    logits: lowering.allocate(chunk * vocabulary),
  });
  const sides = [sideOf(base), sideOf(tuned)] as const;
  const [divergence, baseLoss, loss] = node.outputs.map((_, index) => lowering.define(node, index));
  const { softCap = 0 } = node.attributes;
  for (let firstRow = 0; firstRow < rows; firstRow += chunk) {
    const m = Math.min(chunk, rows - firstRow);
    for (const side of sides) multiplySide(lowering, side, firstRow, [m, vocabulary]);
    lowering.emit<'divergence_rows'>({
      spec: { kernel: 'divergence_rows', perThread: lowering.profile.software, softCap: softCap > 0 },
      storages: {
        base: sides[0].logits,
        tuned: sides[1].logits,
        labels: lowering.storage(labels),
        divergence: divergence!,
        baseLoss: baseLoss!,
        loss: loss!,
      },
      uniforms: { rows: m, firstRow, vocabulary, softCap },
      workgroups: rowWorkgroups(m, lowering),
      flops: 12 * m * vocabulary,
      bytesMoved: 16 * m * vocabulary,
    });
  }
  for (const input of node.inputs) lowering.release(input);
}

function multiplySide(
  lowering: Lowering,
  { products, bias, logits }: Side,
  firstRow: number,
  [m, vocabulary]: readonly [number, number],
): void {
  const out: Matrix = { storage: logits, stride: vocabulary };
  for (const [index, { input, head }] of products.entries()) {
    const width = input.shape[1]!;
    const a: Matrix = { storage: lowering.storage(input), stride: width, offset: firstRow * width };
    const first = bias ? ({ kind: 'row', storage: lowering.storage(bias) } as const) : ({ kind: 'none' } as const);
    const addend = index === 0 ? first : ({ kind: 'self' } as const);
    multiplyByHead({ lowering, head, a, out, sizes: [m, vocabulary, width], transposeB: true, addend });
  }
}
