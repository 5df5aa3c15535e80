import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { rmsNormBackwardInputs, type TensorType, type Value } from '../types.ts';

/**
 * (x [rows, width] [, weight [width]]) → (y [rows, width], rstd [rows]); rstd = 1/√(mean(x²) + ε), y = x · rstd · weight
 * (RMSNorm, arXiv 1910.07467, as transformers' LlamaRMSNorm in f32).
 */
export const rms_norm: OpDefinition<'rms_norm'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'rms_norm', 1, 2);
    const [x, weight] = inputs as [TensorType, TensorType?];
    const [rows, width] = x.shape;
    const fits = x.shape.length === 2 && (weight === undefined || String(weight.shape) === String([width]));
    requireShape(fits, () => `rms_norm takes [rows, width] and [width], got ${inputs.map(show).join(' and ')}`);
    return [f32(x.shape), f32([rows!])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const rstd = builder.output(node, 1);
    const { weightOffset } = node.attributes;
    const attributes = weightOffset === undefined ? {} : { weightOffset };
    return builder.nodeOutputs('rms_norm_backward', [upstream, ...node.inputs, rstd], attributes);
  },
};

/** (dy, x [, weight], rstd) → (dx [rows, width] [, dWeight [width]]). With x̂ = x·rstd: dx = rstd · (w·dy − x̂ · mean(w·dy·x̂)). */
export const rms_norm_backward: OpDefinition<'rms_norm_backward'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'rms_norm_backward', 3, 4);
    const { x, weight } = rmsNormBackwardInputs(inputs);
    return [x, ...(weight ? [weight] : [])].map(({ shape }) => f32(shape));
  },
};

/**
 * (x [rows, width], weight [width], bias [width]) → (y, statistics [rows, 2]): each row of x has its mean taken away and
 * is divided by its standard deviation (ε under the root), then · weight + bias (arXiv 1607.06450). The statistics are
 * the mean and the reciprocal of the deviation, which the gradient needs.
 */
export const layer_norm: OpDefinition<'layer_norm'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'layer_norm', 3);
    const [x, weight, bias] = inputs as [TensorType, TensorType, TensorType];
    const [rows, width] = x.shape;
    const fits = x.shape.length === 2 && [weight, bias].every(({ shape }) => shape.length === 1 && shape[0] === width);
    const widened = weight.dtype === 'f32' && bias.dtype === 'f32';
    requireShape(
      fits && widened,
      () => `layer_norm takes [rows, width] and two f32[width], got ${inputs.map(show).join(', ')}`,
    );
    return [f32(x.shape), f32([rows!, 2])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [x, weight] = node.inputs as [Value, Value, Value];
    return builder.nodeOutputs('layer_norm_backward', [upstream, x, weight, builder.output(node, 1)], {});
  },
};

/**
 * (dy, x, weight, statistics) → (dx [rows, width], dWeight [width], dBias [width]). With x̂ the normalised row and
 * g = w·dy: dx = (g − mean(g) − x̂ · mean(g·x̂)) / deviation, dWeight = Σ dy·x̂, dBias = Σ dy.
 */
export const layer_norm_backward: OpDefinition<'layer_norm_backward'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'layer_norm_backward', 4);
    const [, x, weight] = inputs as [TensorType, TensorType, TensorType, TensorType];
    return [f32(x.shape), f32(weight.shape), f32(weight.shape)];
  },
};
