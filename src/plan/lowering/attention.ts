import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import { attentionWorkgroup } from '../kernels/attention.ts';
import type { Storage } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { emitSlabSum } from './slabs.ts';

/** A tile of queries would be nearly empty with fewer, as in generation. */
const fewestTiledQueries = 16;

export function lowerRope(lowering: Lowering, node: NodeOf<'rope'>): void {
  const [x, table, positions] = node.inputs as [Value, Value, Value];
  const [rows, width] = x.shape as [number, number];
  const { headDim, inverse, neighbours } = node.attributes;
  const from = lowering.storage(x);
  const out = lowering.overwritable(x) ?? lowering.define(node);
  const inPlace = out === from;
  lowering.place(node, 0, out);
  const rotaryDim = table.shape[1]!;
  lowering.emit<'rope'>({
    spec: { kernel: 'rope', inPlace, grouping: 'none' },
    storages: {
      x: from,
      table: lowering.storage(table),
      positions: lowering.storage(positions),
      y: inPlace ? undefined : out,
    },
    uniforms: {
      ...{ rows, width, headDim, rotaryDim, sign: inverse ? -1 : 1, xOffset: 0, yOffset: 0 },
      ...(neighbours ? { step: 2, apart: 1 } : { step: 1, apart: rotaryDim / 2 }),
    },
    workgroups: flatWorkgroups((rows * width) / 2, lowering.profile),
    flops: 3 * rows * width,
    bytesMoved: 4 * (2 * rows * width + rows * rotaryDim + rows),
  });
  for (const input of node.inputs) lowering.release(input);
}

function layoutOf(lowering: Lowering, node: NodeOf<'attention' | 'attention_backward'>, q: Value, k: Value) {
  const { batch, heads, kvHeads, headDim, scale, causal, softCap = 0 } = node.attributes;
  const queries = q.shape[0]! / batch;
  const keys = k.shape[0]! / batch;
  const { software, features, subgroupSize } = lowering.profile;
  const isFew = queries < fewestTiledQueries;
  const direct = software || isFew;
  // A subgroup of a software adapter has four or eight lanes; what its size is, is not always known.
  const lanes = software && !isFew && features.subgroups ? subgroupSize : 0;
  const { rows } = attentionWorkgroup({ direct, lanes });
  // A causal query sees half of the keys on average where both are of one sequence.
  const visible = causal && queries === keys ? (queries * (keys + 1)) / 2 : queries * keys;
  return {
    uniforms: { queries, keys, heads, kvHeads, scale, softCap },
    form: { headDim, direct, lanes, softCap: softCap > 0 },
    direct,
    queryWorkgroups: [Math.ceil(queries / rows), heads, batch] as const,
    keyWorkgroups: [Math.ceil(keys / rows), direct ? kvHeads : heads, batch] as const,
    flopsPerProduct: 2 * visible * batch * heads * headDim,
  };
}

export function lowerAttention(lowering: Lowering, node: NodeOf<'attention'>): void {
  const layout = layoutOf(lowering, node, node.inputs[0]!, node.inputs[1]!);
  lowering.emit<'attention'>({
    spec: { kernel: 'attention', ...layout.form },
    storages: {
      ...lowering.inputs(node, 'q', 'k', 'v', 'keyRange'),
      out: lowering.define(node, 0),
      lse: lowering.define(node, 1),
    },
    uniforms: layout.uniforms,
    workgroups: layout.queryWorkgroups,
    flops: 2 * layout.flopsPerProduct,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerAttentionBackward(lowering: Lowering, node: NodeOf<'attention_backward'>): void {
  const names = ['dOutput', 'q', 'k', 'v', 'output', 'lse', 'keyRange', 'queryRange'] as const;
  const { output, lse, keyRange, queryRange, ...heads } = lowering.inputs(node, ...names);
  const layout = layoutOf(lowering, node, node.inputs[1]!, node.inputs[2]!);
  const { headDim } = node.attributes;
  const { direct } = layout;
  const rows = node.inputs[5]!.shape[0]!;
  const stats = lowering.allocate(2 * elementCount(node.inputs[5]!.shape));
  lowering.emit<'attention_statistics'>({
    spec: { kernel: 'attention_statistics' },
    storages: { dOutput: heads.dOutput, output, lse, stats },
    uniforms: { rows, heads: node.attributes.heads, headDim },
    workgroups: flatWorkgroups(rows * node.attributes.heads, lowering.profile),
    flops: 2 * rows * node.attributes.heads * headDim,
  });
  if (lowering.isUsed(node, 0)) {
    lowering.emit<'attention_backward_query'>({
      spec: { kernel: 'attention_backward_query', ...layout.form },
      storages: { ...heads, stats, keyRange, dq: lowering.define(node, 0) },
      uniforms: layout.uniforms,
      workgroups: layout.queryWorkgroups,
      flops: 3 * layout.flopsPerProduct,
    });
  }
  if (lowering.isUsed(node, 1) || lowering.isUsed(node, 2)) {
    const { heads: queryHeads, kvHeads } = node.attributes;
    // Of one query head of each key-value head, the part is the sum.
    const isWhole = direct || queryHeads === kvHeads;
    const tokens = node.inputs[2]!.shape[0]!;
    const gradient = (index: 1 | 2): Storage =>
      isWhole ? lowering.define(node, index) : lowering.allocate(tokens * queryHeads * headDim);
    const [dk, dv] = [gradient(1), gradient(2)];
    lowering.emit<'attention_backward_key'>({
      spec: { kernel: 'attention_backward_key', ...layout.form },
      storages: { ...heads, stats, queryRange, dk, dv },
      uniforms: layout.uniforms,
      workgroups: layout.keyWorkgroups,
      flops: 4 * layout.flopsPerProduct,
    });
    for (const [index, slabs] of [
      [1, dk],
      [2, dv],
    ] as const) {
      if (isWhole || !lowering.isUsed(node, index)) continue;
      const count = queryHeads / kvHeads;
      const rows = { rows: tokens * kvHeads, width: headDim, rowStride: count * headDim, slabStride: headDim };
      const out = { storage: lowering.define(node, index), stride: headDim };
      emitSlabSum(lowering, { slabs, count, ...rows, out, addend: { kind: 'none' } });
    }
  }
  for (const input of node.inputs) lowering.release(input);
}

export function lowerCacheWrite(lowering: Lowering, node: NodeOf<'cache_write'>): void {
  const [, value, positions] = node.inputs as [Value, Value, Value];
  const [rows, width] = value.shape as [number, number];
  lowering.emit<'cache_write'>({
    spec: { kernel: 'cache_write' },
    storages: lowering.inputs(node, 'cache', 'value', 'positions'),
    uniforms: { rows, width },
    workgroups: flatWorkgroups(rows * width, lowering.profile),
    flops: 0,
    bytesMoved: 8 * rows * width,
  });
  for (const input of [value, positions]) lowering.release(input);
}
