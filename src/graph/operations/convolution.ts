import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import type { TensorType, Value, WindowAttributes } from '../types.ts';
import { windowPlaces } from '../window.ts';

function requireFeatureMaps(op: string, x: TensorType, { batch, height, width }: WindowAttributes): void {
  const fits = x.shape.length === 2 && x.shape[0] === batch * height * width && x.dtype === 'f32';
  requireShape(fits, () => `${op} takes ${batch} images of ${height}×${width} pixels, got ${show(x)}`);
}

const placeRows = (window: WindowAttributes): number => {
  const [down, across] = windowPlaces(window);
  return window.batch * down * across;
};

/**
 * x [batch · height · width, channels] → the pixels under each place of the window, [batch · down · across, channels ·
 * kernel²]; 0 beyond the edges. A row is ordered as a published weight [out, channels, kernel, kernel] is, so that a
 * convolution is the product of the two.
 */
export const im2col: OpDefinition<'im2col'> = {
  flops: 'elementwise',
  isCheap: true,
  infer(inputs, window) {
    requireInputs(inputs, 'im2col', 1);
    const [x] = inputs as [TensorType];
    requireFeatureMaps('im2col', x, window);
    return [f32([placeRows(window), x.shape[1]! * window.kernel ** 2])];
  },
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.node('col2im', [upstream], node.attributes)],
};

/** The transpose of im2col: each pixel is the sum of its places in the rows. */
export const col2im: OpDefinition<'col2im'> = {
  flops: 'elementwise',
  infer(inputs, window) {
    requireInputs(inputs, 'col2im', 1);
    const [columns] = inputs as [TensorType];
    const area = window.kernel ** 2;
    const fits = columns.shape[0] === placeRows(window) && columns.shape[1]! % area === 0;
    requireShape(fits, () => `col2im: ${show(columns)} is not what ${JSON.stringify(window)} gives`);
    return [f32([window.batch * window.height * window.width, columns.shape[1]! / area])];
  },
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.node('im2col', [upstream], node.attributes)],
};

/** x [batch · height · width, channels] → the largest value under each place, [batch · down · across, channels]. */
export const max_pool: OpDefinition<'max_pool'> = {
  flops: 'elementwise',
  infer(inputs, window) {
    requireInputs(inputs, 'max_pool', 1);
    const [x] = inputs as [TensorType];
    requireFeatureMaps('max_pool', x, window);
    const { padding, kernel } = window;
    requireShape(2 * padding <= kernel, () => 'max_pool: a window must not lie beyond the edge alone');
    return [f32([placeRows(window), x.shape[1]!])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    return [builder.node('max_pool_backward', [upstream, node.inputs[0]!], node.attributes)];
  },
};

/** (dy, x) → dx: each dy goes to the first of the largest values under its place, row by row, as in PyTorch. */
export const max_pool_backward: OpDefinition<'max_pool_backward'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'max_pool_backward', 2);
    return [f32(inputs[1]!.shape)];
  },
};

function requireDepthwise(x: TensorType, weight: TensorType, window: WindowAttributes): void {
  requireFeatureMaps('depthwise_convolution', x, window);
  const { kernel } = window;
  const fits = String(weight.shape) === String([x.shape[1], 1, kernel, kernel]) && weight.dtype === 'f32';
  requireShape(fits, () => `depthwise_convolution: ${show(weight)} is no kernel of ${kernel} for ${show(x)}`);
}

/**
 * Each channel by itself (PyTorch's Conv2d with `groups` = channels): (x [batch · height · width, channels], weight f32
 * [channels, 1, kernel, kernel]) → the sum of what lies under each place times the weight, [batch · down · across,
 * channels]; 0 beyond the edges.
 */
export const depthwise_convolution: OpDefinition<'depthwise_convolution'> = {
  flops: ({ outputs: [y], attributes }) => productFlops(y!.shape, attributes.kernel ** 2),
  infer(inputs, window) {
    requireInputs(inputs, 'depthwise_convolution', 2);
    const [x, weight] = inputs as [TensorType, TensorType];
    requireDepthwise(x, weight, window);
    return [f32([placeRows(window), x.shape[1]!])];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    return builder.nodeOutputs('depthwise_convolution_backward', [upstream, ...node.inputs], node.attributes);
  },
};

/**
 * (dy, x, weight) → (dx, dWeight): dx at a pixel is the sum over the places that hold it of dy times the weight that lies
 * on it there, dWeight at a place of the window the sum over all its places of dy times the pixel under it.
 */
export const depthwise_convolution_backward: OpDefinition<'depthwise_convolution_backward'> = {
  flops({ inputs: [dy], attributes }, { used }) {
    return used.filter((isUsed) => isUsed).length * productFlops(dy!.shape, attributes.kernel ** 2);
  },
  infer(inputs, window) {
    requireInputs(inputs, 'depthwise_convolution_backward', 3);
    const [, x, weight] = inputs as [TensorType, TensorType, TensorType];
    requireDepthwise(x, weight, window);
    return [f32(x.shape), f32(weight.shape)];
  },
};

/** x [rows, channels] → (mean [channels], variance [channels]), the variance divided by rows. */
export const moments: OpDefinition<'moments'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'moments', 1);
    const [x] = inputs as [TensorType];
    requireShape(x.shape.length === 2 && x.dtype === 'f32', () => `moments takes f32[rows, channels], got ${show(x)}`);
    return [f32([x.shape[1]!]), f32([x.shape[1]!])];
  },
  gradient(builder, node, [dMean, dVariance]) {
    const [x] = node.inputs as [Value];
    const zero = () => builder.constant(0, [x.shape[1]!]);
    const upstream = [dMean ?? zero(), dVariance ?? zero()];
    return [builder.node('moments_backward', [x, builder.output(node, 0), ...upstream], {})];
  },
};

/** (x [rows, channels], mean, dMean, dVariance) → dx = (dMean + 2 · dVariance · (x − mean)) / rows. */
export const moments_backward: OpDefinition<'moments_backward'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'moments_backward', 4);
    return [f32(inputs[0]!.shape)];
  },
};

/**
 * (x [rows, channels], mean, variance, weight, bias, each [channels]) → (x − mean) / √(variance + ε) · weight + bias
 * (arXiv 1502.03167). The statistics are those of the batch (`moments`) or the running ones.
 */
export const batch_norm: OpDefinition<'batch_norm'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'batch_norm', 5);
    const [x, ...vectors] = inputs as [TensorType, ...TensorType[]];
    const fits = vectors.every(({ shape, dtype }) => shape.length === 1 && shape[0] === x.shape[1] && dtype === 'f32');
    requireShape(
      x.shape.length === 2 && fits,
      () => `batch_norm takes [rows, channels] and four f32[channels], got ${inputs.map(show).join(', ')}`,
    );
    return [f32(x.shape)];
  },
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [x, mean, variance, weight] = node.inputs as [Value, Value, Value, Value, Value];
    const inputs = [upstream, x, mean, variance, weight];
    return builder.nodeOutputs('batch_norm_backward', inputs, node.attributes);
  },
};

/**
 * (dy, x, mean, variance, weight) → (dx [rows, channels], dMean, dVariance, dWeight, dBias). With r = 1/√(variance + ε),
 * each input on its own: dBias = Σ dy, dWeight = Σ dy·(x − mean)·r, dx = dy·weight·r, dMean = −weight·r·dBias,
 * dVariance = −weight·r²·dWeight / 2.
 */
export const batch_norm_backward: OpDefinition<'batch_norm_backward'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'batch_norm_backward', 5);
    const [, x, ...vectors] = inputs as [TensorType, TensorType, ...TensorType[]];
    const vector = f32(vectors[0]!.shape);
    return [f32(x.shape), vector, vector, vector, vector];
  },
};
