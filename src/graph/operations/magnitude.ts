import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import type { TensorType } from '../types.ts';

/**
 * (weight [out, in], or [in, out] where transposed, of any type; a [rank, in]; b [out, rank]) → 1/‖row of W + scale·B·A‖
 * [out], without forming that sum. DoRA's norm (arXiv 2402.09353): a constant to gradients, as its section 4.3 has it
 * and PEFT computes it.
 */
export const inverse_norm: OpDefinition<'inverse_norm'> = {
  flops: ({ inputs: [weight, a] }) => productFlops(weight!.shape, a!.shape[0]! + 1),
  infer(inputs, { transposed }) {
    requireInputs(inputs, 'inverse_norm', 3);
    const [weight, a, b] = inputs as [TensorType, TensorType, TensorType];
    const [first, second] = weight.shape as [number, number];
    const [rows, width] = transposed ? [second, first] : [first, second];
    const fits = weight.shape.length === 2 && a.shape[1] === width && b.shape[0] === rows && a.shape[0] === b.shape[1];
    requireShape(fits, () => `inverse_norm: ${show(weight)}, ${show(a)} and ${show(b)} do not fit together`);
    return [f32([rows])];
  },
  gradient: () => [],
};
