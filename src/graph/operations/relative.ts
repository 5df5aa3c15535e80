import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import type { AttentionAttributes, TensorType, Value } from '../types.ts';

function requireShapes(inputs: readonly TensorType[], attributes: AttentionAttributes): void {
  const [q, k, v, places] = inputs as [TensorType, TensorType, TensorType, TensorType];
  const { batch, heads, kvHeads, headDim, softCap } = attributes;
  const width = heads * headDim;
  const isAlike = [q, k, v].every(({ shape }) => shape[0] === q.shape[0] && shape[1] === width);
  const length = q.shape[0]! / batch;
  const fits =
    isAlike && Number.isInteger(length) && places.shape[0] === 2 * length - 1 && places.shape[1] === 2 * width;
  requireShape(fits && kvHeads === heads && softCap === undefined, () => {
    const layout = `batch ${batch}, ${heads}/${kvHeads} heads of ${headDim}`;
    return `relative_attention: q ${show(q)}, k ${show(k)}, v ${show(v)}, places ${show(places)} do not fit ${layout}`;
  });
}

const scoreFlops = (q: Value, { batch }: AttentionAttributes): number => productFlops(q.shape, q.shape[0]! / batch);

/**
 * (q, k, v [batch·length, heads·headDim], places [2·length − 1, 2·heads·headDim], keyRange i32 [batch·length, 2]
 * [, queryRange i32 [batch·length, 2]]) → (output as q, lse f32 [batch·length, heads]).
 *
 * Attention of a text to itself in which distances have keys and queries of their own, the first and the second half of the
 * row i − j + length − 1 of `places`: score(i, j) = scale · (qᵢ·kⱼ + qᵢ·key(i − j) + query(i − j)·kⱼ), DeBERTa's
 * disentangled attention (arXiv 2006.03654, section 3.1). Ranges and lse are those of `attention`.
 */
export const relative_attention: OpDefinition<'relative_attention'> = {
  flops: ({ inputs: [q], attributes }) => 4 * scoreFlops(q!, attributes),
  infer(inputs, attributes) {
    requireInputs(inputs, 'relative_attention', 5, 6);
    requireShapes(inputs, attributes);
    const [q] = inputs as [TensorType];
    return [f32(q.shape), f32([q.shape[0]!, attributes.heads])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [q, k, v, places, keyRange, queryRange] = node.inputs;
    requireShape(queryRange !== undefined, () => 'relative_attention needs queryRange to be differentiated');
    const [output, lse] = [builder.output(node, 0), builder.output(node, 1)];
    const inputs = [upstream, q!, k!, v!, places!, output, lse, keyRange!, queryRange];
    return builder.nodeOutputs('relative_attention_backward', inputs, node.attributes);
  },
};

/** (dOutput, q, k, v, places, output, lse, keyRange, queryRange) → (dq, dk, dv, dPlaces), as `attention_backward`. */
export const relative_attention_backward: OpDefinition<'relative_attention_backward'> = {
  flops: ({ inputs: [, q], attributes }) => 9 * scoreFlops(q!, attributes),
  infer(inputs, attributes) {
    requireInputs(inputs, 'relative_attention_backward', 9);
    requireShapes(inputs.slice(1), attributes);
    return inputs.slice(1, 5).map(({ shape }) => f32(shape));
  },
};
