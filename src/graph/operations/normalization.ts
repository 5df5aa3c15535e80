import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import type { TensorType, Value } from '../types.ts';

/**
 * (x [rows, width], weight [width]) → (y [rows, width], rstd [rows]); rstd = 1/√(mean(x²) + ε), y = x · rstd · weight
 * (RMSNorm, arXiv 1910.07467, as transformers' LlamaRMSNorm in f32).
 */
export const rms_norm: OpDefinition<'rms_norm'> = {
  infer(inputs) {
    requireInputs(inputs, 'rms_norm', 2);
    const [x, weight] = inputs as [TensorType, TensorType];
    const [rows, width] = x.shape;
    const fits = x.shape.length === 2 && weight.shape.length === 1 && weight.shape[0] === width;
    requireShape(fits, () => `rms_norm takes [rows, width] and [width], got ${show(x)} and ${show(weight)}`);
    return [f32(x.shape), f32([rows!])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [x, weight] = node.inputs as [Value, Value];
    const rstd = builder.output(node, 1);
    return builder.nodeOutputs('rms_norm_backward', [upstream, x, weight, rstd], {});
  },
};

/** (dy, x, weight, rstd) → (dx [rows, width], dWeight [width]). With x̂ = x·rstd: dx = rstd · (w·dy − x̂ · mean(w·dy·x̂)). */
export const rms_norm_backward: OpDefinition<'rms_norm_backward'> = {
  infer(inputs) {
    requireInputs(inputs, 'rms_norm_backward', 4);
    const [, x, weight] = inputs as [TensorType, TensorType, TensorType, TensorType];
    return [f32(x.shape), f32(weight.shape)];
  },
};
