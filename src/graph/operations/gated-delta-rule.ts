import { f32, type OpDefinition, requireInputs, requireShape, ShapeError, show } from '../definition.ts';
import {
  type GatedDeltaInputs,
  type GatedDeltaRuleAttributes,
  gatedDeltaInputs,
  gatedDeltaSizes,
  type TensorType,
} from '../types.ts';

function requireFit(inputs: GatedDeltaInputs<TensorType>, attributes: GatedDeltaRuleAttributes): void {
  const { q, k, v, g, beta, starts, before } = inputs;
  const { rows, heads, keyWidth, valueWidth } = gatedDeltaSizes(inputs, attributes);
  const { batch, keyHeads } = attributes;
  const fits =
    [q, k, v, g].every(({ shape }) => shape.length === 2 && shape[0] === rows) &&
    String(q.shape) === String(k.shape) &&
    String(g.shape) === String(beta.shape) &&
    String(starts.shape) === String([rows]) &&
    starts.dtype === 'i32' &&
    [rows / batch, heads / keyHeads, keyWidth, valueWidth].every(Number.isInteger) &&
    (before === undefined || String(before.shape) === String([batch, heads * keyWidth * valueWidth]));
  requireShape(fits, () => {
    const given = Object.entries(inputs).map(([name, type]) => `${name} ${show(type as TensorType)}`);
    return `gated_delta_rule: ${given.join(', ')} do not fit batch ${batch} and ${keyHeads} key heads`;
  });
}

/**
 * A state of fast weights that forgets and is corrected row by row (Gated DeltaNet, arXiv:2412.06464, equation 10;
 * transformers' `torch_recurrent_gated_delta_rule`, but q comes scaled): (q, k [batch · length, keyHeads · keyWidth],
 * v [batch · length, heads · valueWidth], g and beta [batch · length, heads], starts i32 [rows] [, before [batch,
 * heads · keyWidth · valueWidth]]) → (y as v, after as before, errors as v). For each head, whose q and k are those of key
 * head ⌊head · keyHeads / heads⌋:
 *
 * S′ = exp(g_t) · S_{t−1}, error_t = v_t − S′ᵀk_t, S_t = S′ + k_t (β_t · error_t)ᵀ, y_t = S_tᵀq_t.
 *
 * g is a logarithm and at most 0, so nothing overflows. `starts`, counted within the sequence, is where the example of a
 * row begins: there S′ is 0. `before` is the state that the first row goes on from where its start is below 0. `errors`
 * are what the gradient reads; `after` leads no gradient on.
 */
export const gated_delta_rule: OpDefinition<'gated_delta_rule'> = {
  flops: ({ inputs, attributes }) => scanFlops(gatedDeltaInputs(inputs), attributes, 3),
  infer(list, attributes) {
    requireInputs(list, 'gated_delta_rule', 6, 7);
    const inputs = gatedDeltaInputs(list);
    requireFit(inputs, attributes);
    const { heads, keyWidth, valueWidth } = gatedDeltaSizes(inputs, attributes);
    return [f32(inputs.v.shape), f32([attributes.batch, heads * keyWidth * valueWidth]), f32(inputs.v.shape)];
  },
  gradient(builder, node, [upstream, after, ofErrors]) {
    if (after !== undefined || ofErrors !== undefined)
      throw new ShapeError('gated_delta_rule: the state after the last row has no gradient');
    if (upstream === undefined) return [];
    const [y, errors] = [0, 2].map((index) => ({ ...node.outputs[index]!, node, index }));
    const inputs = [upstream, y!, errors!, ...node.inputs];
    const [dq, dk, dv, dg, dBeta, dBefore] = builder.nodeOutputs('gated_delta_rule_backward', inputs, node.attributes);
    return [dq, dk, dv, dg, dBeta, undefined, dBefore];
  },
};

const scanFlops = (inputs: GatedDeltaInputs<TensorType>, attributes: GatedDeltaRuleAttributes, products: number) => {
  const { rows, heads, keyWidth, valueWidth } = gatedDeltaSizes(inputs, attributes);
  return 2 * products * rows * heads * keyWidth * valueWidth;
};

/**
 * (dy, y, errors, q, k, v, g, beta, starts [, before]) → (dq, dk, dv, dg, dBeta [, dBefore]). With D the gradient of S_t
 * and D⁺ = D + q_t dy_tᵀ: dv_t = β_t · D⁺ᵀk_t, and D of row t − 1 is exp(g_t) · (D⁺ − k_t dv_tᵀ). Of q and k:
 * dq_t = S_t dy_t, dk_t = D⁺ (β_t error_t) − S′ dv_t. Of the gates: dβ_t = (D⁺ᵀk_t) · error_t and, as ⟨S_t, D⟩ of a row is
 * that of the row after it, dg_t = Σ over the rows from t to the end of the example of y · dy − v · dv.
 */
export const gated_delta_rule_backward: OpDefinition<'gated_delta_rule_backward'> = {
  flops: ({ inputs, attributes }) => scanFlops(gatedDeltaInputs(inputs.slice(3)), attributes, 9),
  infer(list, attributes) {
    requireInputs(list, 'gated_delta_rule_backward', 9, 10);
    const inputs = gatedDeltaInputs(list.slice(3));
    requireFit(inputs, attributes);
    const { q, k, v, g, beta, before } = inputs;
    return [q, k, v, g, beta, ...(before ? [before] : [])].map(({ shape }) => f32(shape));
  },
};
