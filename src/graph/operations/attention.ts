import { type Demand, f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import type { AttentionAttributes, TensorType, Value } from '../types.ts';

/**
 * (x [rows, heads · headDim], table [positions, rotaryDim], positions i32 [rows]) → x with the halves of the first
 * rotaryDim ≤ headDim numbers of each head turned: with c, s the row of the table at that position (cosines in its
 * first half, sines in its second), y₁ = x₁·c − x₂·s, y₂ = x₂·c + x₁·s (rotary embedding, arXiv 2104.09864, in the
 * half-split order of transformers); the rest of the head stays. `inverse` turns back: that is the gradient.
 */
export const rope: OpDefinition<'rope'> = {
  flops: 'elementwise',
  infer(inputs, { headDim }) {
    requireInputs(inputs, 'rope', 3);
    const [x, table, positions] = inputs as [TensorType, TensorType, TensorType];
    const rotaryDim = table.shape[1]!;
    const turnsPairs = rotaryDim % 2 === 0 && headDim % 2 === 0 && rotaryDim <= headDim;
    const fits = x.shape[1]! % headDim === 0 && turnsPairs && positions.shape[0] === x.shape[0];
    requireShape(fits, () => `rope: ${show(x)}, ${show(table)}, ${show(positions)} do not fit head size ${headDim}`);
    return [f32(x.shape)];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [, table, positions] = node.inputs as [Value, Value, Value];
    const attributes = { ...node.attributes, inverse: !node.attributes.inverse };
    return [builder.node('rope', [upstream, table, positions], attributes)];
  },
};

function requireAttentionShapes(q: TensorType, k: TensorType, v: TensorType, attributes: AttentionAttributes): void {
  const { batch, heads, kvHeads, headDim } = attributes;
  const fits =
    q.shape[1] === heads * headDim &&
    k.shape[1] === kvHeads * headDim &&
    v.shape[1] === kvHeads * headDim &&
    k.shape[0] === v.shape[0] &&
    q.shape[0]! % batch === 0 &&
    k.shape[0]! % batch === 0 &&
    heads % kvHeads === 0;
  requireShape(fits, () => {
    const layout = `batch ${batch}, ${heads}/${kvHeads} heads of ${headDim}`;
    return `attention: q ${show(q)}, k ${show(k)}, v ${show(v)} do not fit ${layout}`;
  });
}

/** One product of queries and keys: over half of the keys where a sequence attends to itself causally. */
function scoreFlops(q: Value, k: Value, { batch, causal }: AttentionAttributes, { skipsMasked }: Demand): number {
  const keys = k.shape[0]! / batch;
  return productFlops(q.shape, skipsMasked && causal && q.shape[0] === k.shape[0] ? keys / 2 : keys);
}

/**
 * (q [batch·queries, heads·headDim], k, v [batch·keys, kvHeads·headDim], keyRange i32 [batch·queries, 2]
 * [, queryRange i32 [batch·keys, 2]]) → (output as q, lse f32 [batch·queries, heads]).
 *
 * Query row i sees the keys j of its own sequence with keyRange[i,0] ≤ j < keyRange[i,1]: causal masks, sliding
 * windows, packed sequences, padding and the valid part of a key-value cache are all such intervals, so no mask is
 * baked into a program. A row with an empty interval gives 0. Head h reads key-value head ⌊h·kvHeads/heads⌋ (grouped
 * queries). lse is the log of the sum of the exponentials of the scaled (and, with `softCap`, bounded) scores. `queryRange` is the same relation seen
 * from the keys (key j is seen by the queries in [lo, hi)), needed by the gradient alone.
 */
export const attention: OpDefinition<'attention'> = {
  flops: ({ inputs: [q, k], attributes }, demand) => 2 * scoreFlops(q!, k!, attributes, demand),
  infer(inputs, attributes) {
    requireInputs(inputs, 'attention', 4, 5);
    const [q, k, v] = inputs as [TensorType, TensorType, TensorType];
    requireAttentionShapes(q, k, v, attributes);
    return [f32(q.shape), f32([q.shape[0]!, attributes.heads])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [q, k, v, keyRange, queryRange] = node.inputs;
    requireShape(queryRange !== undefined, () => 'attention needs queryRange to be differentiated');
    const [output, lse] = [builder.output(node, 0), builder.output(node, 1)];
    const inputs = [upstream, q!, k!, v!, output, lse, keyRange!, queryRange];
    return builder.nodeOutputs('attention_backward', inputs, node.attributes);
  },
};

/**
 * (dOutput, q, k, v, output, lse, keyRange, queryRange) → (dq, dk, dv). With p = exp(scale·q·k − lse) and
 * D = Σ dOutput·output: dv = pᵀ·dOutput, ds = p·(dOutput·vᵀ − D), dq = scale·ds·k, dk = scale·dsᵀ·q; ds is also
 * multiplied by the slope of the bound, where scores have one
 * (FlashAttention-2, arXiv 2307.08691, algorithm 2).
 */
export const attention_backward: OpDefinition<'attention_backward'> = {
  flops: ({ inputs: [, q, k], attributes }, demand) => 5 * scoreFlops(q!, k!, attributes, demand),
  infer(inputs, attributes) {
    requireInputs(inputs, 'attention_backward', 8);
    const [, q, k, v] = inputs as [TensorType, TensorType, TensorType, TensorType];
    requireAttentionShapes(q, k, v, attributes);
    return [f32(q.shape), f32(k.shape), f32(v.shape)];
  },
};
