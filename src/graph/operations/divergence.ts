import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import { type DivergenceSide, divergenceInputs, sameShape, type TensorType } from '../types.ts';

function requireSide({ products, bias }: DivergenceSide<TensorType>, rows: number, vocabulary: number): void {
  for (const [input, weight] of products) {
    const fits = sameShape(input.shape, [rows, weight.shape[1]!]) && weight.shape[0] === vocabulary;
    requireShape(fits, () => `token_divergence: ${show(input)} and ${show(weight)} do not fit ${rows} rows`);
  }
  const biasFits = bias === undefined || (bias.dtype === 'f32' && sameShape(bias.shape, [vocabulary]));
  requireShape(biasFits, () => `token_divergence: ${show(bias)} is no f32 bias of ${vocabulary} words`);
}

/**
 * (labels i32 [rows], base's hidden [rows, width], base's head [vocabulary, width] of any floating type, hidden, head [, base's
 * bias f32 [vocabulary], bias] [, narrow f32 [rows, rank], wide f32 [vocabulary, rank]]) → (divergence [rows], base's loss
 * [rows], loss [rows]).
 *
 * With p the softmax of the base's logits and q that of the others: divergence = Σ over words of p·log(p/q), KL(p‖q) in nats;
 * the losses are −log p[label] and −log q[label]. All are 0 where the label is below 0. Logits as in `cross_entropy`; the second
 * product is the other side's alone. As Σp = Σq = 1, executors sum p·(d + exp(−d) − 1) with d = log p − log q: no term is
 * negative, and rounding in the sums of exponentials drops out of a small divergence. The logits are never kept whole. Nothing
 * is trained by it: it has no gradient.
 */
export const token_divergence: OpDefinition<'token_divergence'> = {
  flops({ inputs, attributes }) {
    const { base, tuned } = divergenceInputs(inputs, attributes);
    const products = [...base.products, ...tuned.products];
    return products.reduce((sum, [input, weight]) => sum + productFlops(input.shape, weight.shape[0]!), 0);
  },
  infer(inputs, attributes) {
    const [least, most] = attributes.biased ? [7, 9] : [5, 7];
    requireInputs(inputs, 'token_divergence', least, most);
    requireShape(inputs.length % 2 === 1, () => 'token_divergence: half of a pair of inputs is missing');
    const { labels, base, tuned } = divergenceInputs(inputs, attributes);
    const rows = labels.shape[0]!;
    const vocabulary = inputs[2]!.shape[0]!;
    requireSide(base, rows, vocabulary);
    requireSide(tuned, rows, vocabulary);
    return [f32([rows]), f32([rows]), f32([rows])];
  },
};
