/** The parts of convolutional models: feature maps are matrices with a row for each pixel and a column for each channel. */
import type { Value } from '../graph/types.ts';
import type { ImageParts } from './image-model.ts';

/** Feature maps of images of one size, one after the other: `value` is f32 [batch · height · width, channels]. */
export interface FeatureMaps {
  readonly value: Value;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

interface Steps {
  readonly stride: number;
  readonly padding: number;
}

const sizeAfter = (size: number, kernel: number, { stride, padding }: Steps): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

const after = ({ batch, height, width }: FeatureMaps, kernel: number, steps: Steps, value: Value): FeatureMaps => ({
  value,
  batch,
  height: sizeAfter(height, kernel, steps),
  width: sizeAfter(width, kernel, steps),
});

const windowOf = ({ batch, height, width }: FeatureMaps, kernel: number, steps: Steps) => ({
  ...{ batch, height, width, kernel },
  ...steps,
});

/** torch.nn.Conv2d without a bias: the weight [out, in, kernel, kernel] times the pixels under each window. */
export function convolution(
  { builder, tensor }: ImageParts,
  module: string,
  x: FeatureMaps,
  steps: Steps,
): FeatureMaps {
  return builder.within(module.slice(module.lastIndexOf('.') + 1), () => {
    const weight = tensor(`${module}.weight`);
    const [outChannels, inChannels, kernel] = weight.shape as [number, number, number];
    const isPointwise = kernel === 1 && steps.stride === 1 && steps.padding === 0;
    const columns = isPointwise ? x.value : builder.node('im2col', [x.value], windowOf(x, kernel, steps));
    const matrix = builder.reshape(weight, [outChannels, inChannels * kernel * kernel]);
    return after(x, kernel, steps, builder.matmul(columns, matrix, { transposeB: true }));
  });
}

/** torch.nn.Conv2d of each channel by itself, without its bias: the weight is [channels, 1, kernel, kernel]. */
export function depthwise({ builder, tensor }: ImageParts, module: string, x: FeatureMaps, steps: Steps): FeatureMaps {
  return builder.within(module.slice(module.lastIndexOf('.') + 1), () => {
    const weight = tensor(`${module}.weight`);
    const kernel = weight.shape[2]!;
    return after(
      x,
      kernel,
      steps,
      builder.node('depthwise_convolution', [x.value, weight], windowOf(x, kernel, steps)),
    );
  });
}

/** A linear layer over the channels of each pixel, [rows, in] → [rows, out], its matrix kept as one or as a convolution. */
export function pointwise({ builder, tensor }: ImageParts, module: string, x: Value): Value {
  return builder.within(module.slice(module.lastIndexOf('.') + 1), () => {
    const weight = tensor(`${module}.weight`);
    const matrix = builder.reshape(weight, weight.shape.slice(0, 2));
    return builder.add(builder.matmul(x, matrix, { transposeB: true }), tensor(`${module}.bias`));
  });
}

/** The maps with the bias of a convolution added. */
export function biased({ builder, tensor }: ImageParts, module: string, maps: FeatureMaps): FeatureMaps {
  return { ...maps, value: builder.add(maps.value, tensor(`${module}.bias`)) };
}

/** torch.nn.MaxPool2d. */
export function maxPool({ builder }: ImageParts, x: FeatureMaps, kernel: number, steps: Steps): FeatureMaps {
  return after(x, kernel, steps, builder.node('max_pool', [x.value], windowOf(x, kernel, steps)));
}

/** torch's defaults: ε under the root, and how far the running statistics move to those of a batch. */
const epsilon = 1e-5;
const momentum = 0.1;

/** torch.nn.BatchNorm2d. In training the running variance moves by the unbiased one, as there. */
export function batchNorm(parts: ImageParts, module: string, x: FeatureMaps): FeatureMaps {
  const { builder, tensor } = parts;
  const [weight, bias, runningMean, runningVariance] = ['weight', 'bias', 'running_mean', 'running_var'].map((name) =>
    tensor(`${module}.${name}`),
  ) as [Value, Value, Value, Value];
  return builder.within(module.slice(module.lastIndexOf('.') + 1), () => {
    const usesBatch = parts.usesBatchStatistics(module);
    const [mean, variance] = usesBatch ? builder.moments(x.value) : [runningMean, runningVariance];
    if (usesBatch) {
      const rows = x.value.shape[0]!;
      moveTowards(parts, runningMean, mean);
      moveTowards(parts, runningVariance, builder.scale(variance, rows / (rows - 1)));
    }
    return { ...x, value: builder.batchNorm(x.value, mean, variance, weight, bias, epsilon) };
  });
}

/** running = (1 − momentum) · running + momentum · value, in place. */
function moveTowards({ builder }: ImageParts, running: Value, value: Value): void {
  const difference = builder.add(value, builder.neg(running));
  builder.accumulate(running, builder.scale(difference, momentum), builder.constant(1));
}

/** Mean over all pixels of each image, [batch, channels]. */
export function globalAveragePool({ builder }: ImageParts, { value, batch, height, width }: FeatureMaps): Value {
  const pixels = height * width;
  const channels = value.shape[1]!;
  const weights = builder.constant(1 / pixels, [batch, 1, pixels]);
  return builder.reshape(builder.matmul(weights, builder.reshape(value, [batch, pixels, channels])), [batch, channels]);
}

/** The maps with each channel of each image times its factor, [batch, channels]. */
export function scaledChannels({ builder }: ImageParts, maps: FeatureMaps, factors: Value): FeatureMaps {
  const { value, batch, height, width } = maps;
  const pixels = height * width;
  const channels = value.shape[1]!;
  // A row of factors for each pixel: factors broadcast over leading axes alone.
  const ones = builder.constant(1, [batch, pixels, 1]);
  const rows = builder.matmul(ones, builder.reshape(factors, [batch, 1, channels]));
  return { ...maps, value: builder.mul(value, builder.reshape(rows, [batch * pixels, channels])) };
}
