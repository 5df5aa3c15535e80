import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import { sameShape, type TensorType, type Value } from '../types.ts';

/**
 * (table [vocabulary, width] of any floating type, ids i32 [rows] [, idOrder i32 [rows]]) → the rows of the table at
 * the ids (+ idOffset), f32 [rows, width]. An id outside the table gives zeros. `idOrder` lists the row numbers sorted by (id, row)
 * and is needed by the gradient alone.
 */
export const embedding: OpDefinition<'embedding'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'embedding', 2, 3);
    const [table, ids] = inputs as [TensorType, TensorType];
    const fits = table.shape.length === 2 && ids.shape.length === 1;
    requireShape(fits, () => `embedding takes [vocabulary, width] and [rows], got ${show(table)} and ${show(ids)}`);
    return [f32([ids.shape[0]!, table.shape[1]!])];
  },
  gradient(builder, node, [upstream], [needsTable]) {
    if (upstream === undefined || !needsTable) return [];
    const [table, ids, idOrder] = node.inputs;
    requireShape(idOrder !== undefined, () => 'embedding needs idOrder to be differentiated');
    return [
      builder.node('embedding_backward', [upstream, ids!, idOrder], { rows: table!.shape[0]!, ...node.attributes }),
    ];
  },
};

/** (dy [n, width], ids i32 [n], idOrder i32 [n]) → [rows, width]: the sum of dy over the rows with each id, in order. */
export const embedding_backward: OpDefinition<'embedding_backward'> = {
  flops: 'elementwise',
  accumulates: [0],
  infer(inputs, { rows }) {
    requireInputs(inputs, 'embedding_backward', 3);
    return [f32([rows, inputs[0]!.shape[1]!])];
  },
};

/**
 * (x, seed u32 [2]) → x·mask/(1−p). The mask is a pure function of (seed, site, element index): see `random.ts`.
 * The seed changes each micro-step, so recomputation, replay and resume give the same bits.
 */
export const dropout: OpDefinition<'dropout'> = {
  flops: 'elementwise',
  // LoRA has one mask, and so one kept copy of its input, a module.
  isCheap: true,
  infer(inputs, { probability }) {
    requireInputs(inputs, 'dropout', 2);
    requireShape(probability >= 0 && probability < 1, () => `dropout: probability ${probability} is not in [0, 1)`);
    return [f32(inputs[0]!.shape)];
  },
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.node('dropout', [upstream, node.inputs[1]!], node.attributes)],
};

/**
 * (x, seed u32 [2]) → x + u, u uniform in [−amplitude, amplitude), a pure function of (seed, site, element index):
 * NEFTune's noise (arXiv 2310.05914).
 */
export const uniform_noise: OpDefinition<'uniform_noise'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'uniform_noise', 2);
    return [f32(inputs[0]!.shape)];
  },
  gradient: (_builder, _node, [upstream]) => [upstream],
};

/**
 * (hidden [rows, width], head [vocabulary, width] of any floating type, labels i32 [rows], lossScale f32 [] or [rows] [,
 * bias f32 [vocabulary]]) → (loss [], dHidden [rows, width], dHead [vocabulary, width] [, dBias [vocabulary]]).
 *
 * loss = Σ over rows with label ≥ 0 of −lossScale · log softmax(z)[label]; other labels (−100) are ignored. The logits z
 * are hidden·headᵀ (+ bias), or with `softCap` that bound on them.
 * The gradients come with the loss because the logits are never kept whole: executors work in chunks of rows. An
 * output nobody uses is not computed. lossScale is 1 / (scored tokens of the whole accumulation window), or for each row its
 * share of what is averaged.
 */
export const cross_entropy: OpDefinition<'cross_entropy'> = {
  flops: ({ inputs: [hidden, head] }, { used }) =>
    (1 + (used[1] ? 1 : 0) + (used[2] ? 1 : 0)) * productFlops(hidden!.shape, head!.shape[0]!),
  isLoss: true,
  accumulates: [2],
  infer(inputs) {
    requireInputs(inputs, 'cross_entropy', 4, 5);
    const [hidden, head, labels, lossScale, bias] = inputs as [
      TensorType,
      TensorType,
      TensorType,
      TensorType,
      TensorType?,
    ];
    const fits = hidden.shape[1] === head.shape[1] && hidden.shape[0] === labels.shape[0];
    requireShape(fits, () => `cross_entropy: ${show(hidden)}, ${show(head)}, ${show(labels)} do not fit`);
    const scaleFits = lossScale.shape.length === 0 || sameShape(lossScale.shape, labels.shape);
    requireShape(scaleFits, () => `cross_entropy: lossScale ${show(lossScale)} for ${show(labels)}`);
    const biasFits = bias === undefined || (bias.dtype === 'f32' && sameShape(bias.shape, [head.shape[0]!]));
    requireShape(biasFits, () => `cross_entropy: ${show(bias)} is no f32 bias of ${show(head)}`);
    return [f32([]), f32(hidden.shape), f32(head.shape), ...(bias ? [f32(bias.shape)] : [])];
  },
  gradient(builder, node, [upstream], [needsHidden, needsHead, , , needsBias]) {
    if (upstream === undefined) return [];
    const times = (index: number): Value => builder.mul(builder.output(node, index), upstream);
    const dBias = needsBias ? times(3) : undefined;
    return [needsHidden ? times(1) : undefined, needsHead ? times(2) : undefined, undefined, undefined, dBias];
  },
};
