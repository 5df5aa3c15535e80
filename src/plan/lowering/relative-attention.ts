import { elementCount, type NodeOf } from '../../graph/types.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

/** Queries, or keys, that one workgroup takes. */
const rowsPerWorkgroup = 32;

type RelativeNode = NodeOf<'relative_attention' | 'relative_attention_backward'>;

function layoutOf({ attributes, ...node }: RelativeNode) {
  const { batch, heads, headDim, scale } = attributes;
  const rows = node.outputs[0]!.shape[0]!;
  const length = rows / batch;
  return {
    uniforms: { queries: length, keys: length, heads, kvHeads: heads, batch, scale },
    workgroups: [Math.ceil(length / rowsPerWorkgroup), heads, batch] as const,
    distances: 2 * length - 1,
    flopsPerProduct: 2 * rows * length * heads * headDim,
  };
}

export function lowerRelativeAttention(lowering: Lowering, node: NodeOf<'relative_attention'>): void {
  const { uniforms, workgroups, flopsPerProduct } = layoutOf(node);
  lowering.emit<'relative_attention'>({
    spec: { kernel: 'relative_attention', headDim: node.attributes.headDim },
    storages: {
      ...lowering.inputs(node, 'q', 'k', 'v', 'places', 'keyRange'),
      out: lowering.define(node, 0),
      lse: lowering.define(node, 1),
    },
    ...{ uniforms, workgroups, flops: 4 * flopsPerProduct },
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerRelativeAttentionBackward(lowering: Lowering, node: NodeOf<'relative_attention_backward'>): void {
  const names = ['dOutput', 'q', 'k', 'v', 'places', 'output', 'lse', 'keyRange', 'queryRange'] as const;
  const { output, lse, keyRange, queryRange, ...given } = lowering.inputs(node, ...names);
  const { uniforms, workgroups, distances, flopsPerProduct } = layoutOf(node);
  const { heads, headDim } = node.attributes;
  const rows = node.outputs[0]!.shape[0]!;
  const stats = lowering.allocate(2 * elementCount(node.inputs[6]!.shape));
  lowering.emit<'attention_statistics'>({
    spec: { kernel: 'attention_statistics' },
    storages: { dOutput: given.dOutput, output, lse, stats },
    uniforms: { rows, heads, headDim },
    workgroups: flatWorkgroups(rows * heads, lowering.profile),
    flops: 2 * rows * heads * headDim,
  });
  if (lowering.isUsed(node, 0))
    lowering.emit<'relative_attention_query'>({
      spec: { kernel: 'relative_attention_query', headDim },
      storages: { ...given, stats, keyRange, dq: lowering.define(node, 0) },
      ...{ uniforms, workgroups, flops: 6 * flopsPerProduct },
    });
  if (lowering.isUsed(node, 1))
    lowering.emit<'relative_attention_key'>({
      spec: { kernel: 'relative_attention_key', headDim, of: 'k' },
      storages: { ...given, stats, queryRange, gradient: lowering.define(node, 1) },
      ...{ uniforms, workgroups, flops: 6 * flopsPerProduct },
    });
  if (lowering.isUsed(node, 2)) {
    const { v: _, ...others } = given;
    lowering.emit<'relative_attention_key'>({
      spec: { kernel: 'relative_attention_key', headDim, of: 'v' },
      storages: { ...others, stats, queryRange, gradient: lowering.define(node, 2) },
      ...{ uniforms, workgroups, flops: 4 * flopsPerProduct },
    });
  }
  if (lowering.isUsed(node, 3))
    lowering.emit<'relative_attention_places'>({
      spec: { kernel: 'relative_attention_places', headDim },
      storages: { ...given, stats, keyRange, dPlaces: lowering.define(node, 3) },
      uniforms,
      workgroups: flatWorkgroups(distances * heads, lowering.profile),
      flops: 6 * flopsPerProduct,
    });
  for (const input of node.inputs) lowering.release(input);
}
