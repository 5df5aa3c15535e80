import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import { reads, type Storage, writes } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

/** Queries, or keys, that one workgroup takes. */
const rowsPerWorkgroup = { direct: 64, tiled: 32 };

/** A tile of queries would be nearly empty with fewer, as in generation. */
const fewestTiledQueries = 16;

export function lowerRope(lowering: Lowering, node: NodeOf<'rope'>): void {
  const [x, table, positions] = node.inputs as [Value, Value, Value];
  const [rows, width] = x.shape as [number, number];
  const { headDim, inverse } = node.attributes;
  const from = lowering.storage(x);
  const out = lowering.overwritable(x) ?? lowering.define(node);
  const inPlace = out === from;
  lowering.place(node, 0, out);
  const rotaryDim = table.shape[1]!;
  lowering.emit<'rope'>({
    spec: { kernel: 'rope', inPlace, grouping: 'none' },
    uses: [
      inPlace ? writes(from) : reads(from),
      reads(lowering.storage(table)),
      reads(lowering.storage(positions)),
      ...(inPlace ? [] : [writes(out)]),
    ],
    uniforms: { rows, width, headDim, rotaryDim, sign: inverse ? -1 : 1, xOffset: 0, yOffset: 0 },
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
  const direct = lowering.profile.software || queries < fewestTiledQueries;
  const rows = rowsPerWorkgroup[direct ? 'direct' : 'tiled'];
  // A causal query sees half of the keys on average where both are of one sequence.
  const visible = causal && queries === keys ? (queries * (keys + 1)) / 2 : queries * keys;
  return {
    uniforms: { queries, keys, heads, kvHeads, scale, softCap },
    softCap: softCap > 0,
    direct,
    queryWorkgroups: [Math.ceil(queries / rows), heads, batch] as const,
    keyWorkgroups: [Math.ceil(keys / rows), kvHeads, batch] as const,
    flopsPerProduct: 2 * visible * batch * heads * headDim,
  };
}

export function lowerAttention(lowering: Lowering, node: NodeOf<'attention'>): void {
  const [q, k, v, keyRange] = node.inputs as [Value, Value, Value, Value];
  const layout = layoutOf(lowering, node, q, k);
  lowering.emit<'attention'>({
    spec: {
      kernel: 'attention',
      headDim: node.attributes.headDim,
      direct: layout.direct,
      softCap: layout.softCap,
    },
    uses: [
      ...[q, k, v, keyRange].map((value) => reads(lowering.storage(value))),
      writes(lowering.define(node, 0)),
      writes(lowering.define(node, 1)),
    ],
    uniforms: layout.uniforms,
    workgroups: layout.queryWorkgroups,
    flops: 2 * layout.flopsPerProduct,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerAttentionBackward(lowering: Lowering, node: NodeOf<'attention_backward'>): void {
  const [dOutput, q, k, v, output, lse, keyRange, queryRange] = node.inputs.map((value) =>
    lowering.storage(value),
  ) as Storage[];
  const layout = layoutOf(lowering, node, node.inputs[1]!, node.inputs[2]!);
  const { heads, headDim } = node.attributes;
  const { direct } = layout;
  const rows = node.inputs[5]!.shape[0]!;
  const stats = lowering.allocate(2 * elementCount(node.inputs[5]!.shape));
  lowering.emit<'attention_statistics'>({
    spec: { kernel: 'attention_statistics' },
    uses: [reads(dOutput!), reads(output!), reads(lse!), writes(stats)],
    uniforms: { rows, heads, headDim },
    workgroups: flatWorkgroups(rows * heads, lowering.profile),
    flops: 2 * rows * heads * headDim,
  });
  const shared = [dOutput!, q!, k!, v!, stats].map(reads);
  if (lowering.isUsed(node, 0)) {
    lowering.emit<'attention_backward_query'>({
      spec: { kernel: 'attention_backward_query', headDim, direct, softCap: layout.softCap },
      uses: [...shared, reads(keyRange!), writes(lowering.define(node, 0))],
      uniforms: layout.uniforms,
      workgroups: layout.queryWorkgroups,
      flops: 3 * layout.flopsPerProduct,
    });
  }
  if (lowering.isUsed(node, 1) || lowering.isUsed(node, 2)) {
    lowering.emit<'attention_backward_key'>({
      spec: { kernel: 'attention_backward_key', headDim, direct, softCap: layout.softCap },
      uses: [...shared, reads(queryRange!), writes(lowering.define(node, 1)), writes(lowering.define(node, 2))],
      uniforms: layout.uniforms,
      workgroups: layout.keyWorkgroups,
      flops: 4 * layout.flopsPerProduct,
    });
  }
  for (const input of node.inputs) lowering.release(input);
}

export function lowerCacheWrite(lowering: Lowering, node: NodeOf<'cache_write'>): void {
  const [cache, value, positions] = node.inputs as [Value, Value, Value];
  const [rows, width] = value.shape as [number, number];
  lowering.emit<'cache_write'>({
    spec: { kernel: 'cache_write' },
    uses: [reads(lowering.storage(value)), reads(lowering.storage(positions)), writes(lowering.storage(cache))],
    uniforms: { rows, width },
    workgroups: flatWorkgroups(rows * width, lowering.profile),
    bytesMoved: 8 * rows * width,
  });
  for (const input of [value, positions]) lowering.release(input);
}
