import { type DivergenceSide, divergenceInputs, type SoftCap } from '../types.ts';
import { capped } from './activations.ts';
import type { Reference } from './interpret.ts';

/** log softmax of the logits of a row. */
function logSoftmax(
  { products, bias }: DivergenceSide<Float64Array>,
  row: number,
  [rows, vocabulary]: readonly [number, number],
  { softCap }: SoftCap,
): Float64Array {
  const logits = Float64Array.from({ length: vocabulary }, (_, word) => {
    let logit = bias?.[word] ?? 0;
    for (const [input, weight] of products) {
      const width = input.length / rows;
      for (let i = 0; i < width; i++) logit += input[row * width + i]! * weight[word * width + i]!;
    }
    return capped(logit, softCap);
  });
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const logSum = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  return logits.map((logit) => logit - logSum);
}

/** As it is defined: Σ p·(log p − log q). */
export const token_divergence: Reference<'token_divergence'> = (node, inputs) => {
  const { labels, base, tuned } = divergenceInputs(inputs as Float64Array[], node.attributes);
  const sizes = [labels.length, node.inputs[2]!.shape[0]!] as const;
  const [divergence, baseLoss, loss] = [0, 1, 2].map(() => new Float64Array(labels.length));
  labels.forEach((label, row) => {
    if (label < 0) return;
    const p = logSoftmax(base, row, sizes, node.attributes);
    const q = logSoftmax(tuned, row, sizes, node.attributes);
    divergence![row] = p.reduce((sum, log, word) => sum + Math.exp(log) * (log - q[word]!), 0);
    baseLoss![row] = -p[label]!;
    loss![row] = -q[label]!;
  });
  return [divergence!, baseLoss!, loss!];
};
