import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import { crossEntropyInputs, sameShape, type TensorType, type Value } from '../types.ts';

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

/** What both forms of the loss take. */
function requireCrossEntropy(op: 'cross_entropy' | 'token_cross_entropy', inputs: readonly TensorType[]): void {
  requireInputs(inputs, op, 4, 7);
  const { hidden, head, labels, lossScale, bias, narrow, wide } = crossEntropyInputs(inputs);
  const fits = hidden.shape[1] === head.shape[1] && hidden.shape[0] === labels.shape[0];
  requireShape(fits, () => `${op}: ${show(hidden)}, ${show(head)}, ${show(labels)} do not fit`);
  const scaleFits = lossScale.shape.length === 0 || sameShape(lossScale.shape, labels.shape);
  requireShape(scaleFits, () => `${op}: lossScale ${show(lossScale)} for ${show(labels)}`);
  const biasFits = bias === undefined || (bias.dtype === 'f32' && sameShape(bias.shape, [head.shape[0]!]));
  requireShape(biasFits, () => `${op}: ${show(bias)} is no f32 bias of ${show(head)}`);
  const rank = narrow?.shape[1] ?? 0;
  const added = wide === undefined || sameShape(narrow!.shape, [hidden.shape[0]!, rank]);
  const addedFits = added && (wide === undefined || sameShape(wide.shape, [head.shape[0]!, rank]));
  requireShape(addedFits, () => `${op}: ${show(narrow)} and ${show(wide)} do not fit ${show(head)}`);
}

/**
 * (hidden [rows, width], head [vocabulary, width] of any floating type, labels i32 [rows], lossScale f32 [] or [rows] [,
 * bias f32 [vocabulary]] [, narrow f32 [rows, rank], wide f32 [vocabulary, rank]]) → (loss [], dHidden [rows, width],
 * dHead [vocabulary, width] [, dBias [vocabulary]] [, dNarrow [rows, rank], dWide [vocabulary, rank]]).
 *
 * loss = Σ over rows with label ≥ 0 of −lossScale · log softmax(z)[label]; other labels (−100) are ignored. The logits z
 * are hidden·headᵀ (+ narrow·wideᵀ) (+ bias), or with `softCap` that bound on them. The second product is LoRA's on the
 * head: a matrix of the head's size for W + BA is never made.
 * The gradients come with the loss because the logits are never kept whole: executors work in chunks of rows. An
 * output nobody uses is not computed. lossScale is 1 / (scored tokens of the whole accumulation window), or for each row its
 * share of what is averaged.
 */
export const cross_entropy: OpDefinition<'cross_entropy'> = {
  flops({ inputs, outputs }, { used }) {
    const { hidden, head, narrow } = crossEntropyInputs(inputs);
    const flopsOf = (input: Value, output: number): number =>
      (1 + (used[output] ? 1 : 0) + (used[output + 1] ? 1 : 0)) * productFlops(input.shape, head.shape[0]!);
    return flopsOf(hidden, 1) + (narrow ? flopsOf(narrow, outputs.length - 2) : 0);
  },
  isLoss: true,
  accumulates: [2],
  infer(inputs) {
    requireCrossEntropy('cross_entropy', inputs);
    const { hidden, head, bias, narrow, wide } = crossEntropyInputs(inputs);
    return [f32([]), ...[hidden, head, bias, narrow, wide].flatMap((type) => (type ? [f32(type.shape)] : []))];
  },
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    return ofInputs(node.inputs, needs, (output) => builder.mul(builder.output(node, output), upstream));
  },
};

/** Labels and the scale, at places 2 and 3, have no gradient: outputs count on from the head's. */
const ofInputs = (inputs: readonly Value[], needs: readonly boolean[], gradient: (output: number) => Value) =>
  inputs.map((_, index) =>
    index === 2 || index === 3 || !needs[index] ? undefined : gradient(index < 2 ? index + 1 : index - 1),
  );

/**
 * The inputs of `cross_entropy` → f32 [rows]: what each row adds to that loss, 0 where its label is below 0. With lossScale
 * −1 these are log-probabilities. The gradient is that of `cross_entropy` with the upstream as each row's scale, so that
 * the logits of the backward part are made anew, a chunk at a time.
 */
export const token_cross_entropy: OpDefinition<'token_cross_entropy'> = {
  flops({ inputs }) {
    const { hidden, head, narrow } = crossEntropyInputs(inputs);
    return [hidden, narrow].reduce((sum, input) => sum + (input ? productFlops(input.shape, head.shape[0]!) : 0), 0);
  },
  isLoss: true,
  infer(inputs) {
    requireCrossEntropy('token_cross_entropy', inputs);
    return [f32([inputs[0]!.shape[0]!])];
  },
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    const { lossScale } = crossEntropyInputs(node.inputs);
    const inputs = node.inputs.map((input) => (input === lossScale ? builder.mul(upstream, lossScale) : input));
    const gradients = builder.nodeOutputs('cross_entropy', inputs, node.attributes);
    return ofInputs(node.inputs, needs, (output) => gradients[output]!);
  },
};
