import type { WindowAttributes } from '../types.ts';
import { windowPlaces } from '../window.ts';
import type { Reference } from './interpret.ts';

/**
 * Calls `visit` for every place of the window and every pixel under it: number of the place, of the pixel (undefined
 * beyond the edges), and of the pixel in the window.
 */
function underWindows(window: WindowAttributes, visit: (place: number, pixel: number | undefined, at: number) => void) {
  const { batch, height, width, kernel, stride, padding } = window;
  const [down, across] = windowPlaces(window);
  for (let item = 0; item < batch; item++)
    for (let y = 0; y < down; y++)
      for (let x = 0; x < across; x++)
        for (let at = 0; at < kernel * kernel; at++) {
          const row = y * stride - padding + Math.floor(at / kernel);
          const column = x * stride - padding + (at % kernel);
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          const pixel = inside ? (item * height + row) * width + column : undefined;
          visit((item * down + y) * across + x, pixel, at);
        }
}

export const im2col: Reference<'im2col'> = (node, [x]) => {
  const channels = node.inputs[0]!.shape[1]!;
  const [rows, width] = node.outputs[0]!.shape as [number, number];
  const columns = new Float64Array(rows * width);
  underWindows(node.attributes, (place, pixel, at) => {
    if (pixel === undefined) return;
    for (let channel = 0; channel < channels; channel++)
      columns[place * width + channel * node.attributes.kernel ** 2 + at] = x![pixel * channels + channel]!;
  });
  return [columns];
};

export const col2im: Reference<'col2im'> = (node, [columns]) => {
  const [pixels, channels] = node.outputs[0]!.shape as [number, number];
  const width = node.inputs[0]!.shape[1]!;
  const x = new Float64Array(pixels * channels);
  underWindows(node.attributes, (place, pixel, at) => {
    if (pixel === undefined) return;
    for (let channel = 0; channel < channels; channel++)
      x[pixel * channels + channel]! += columns![place * width + channel * node.attributes.kernel ** 2 + at]!;
  });
  return [x];
};

/** For each value of the pooled images, where in x the first of the largest under its place is. */
function largestUnder(window: WindowAttributes, x: Float64Array, places: number, channels: number): Int32Array {
  const largest = new Int32Array(places * channels).fill(-1);
  underWindows(window, (place, pixel) => {
    if (pixel === undefined) return;
    for (let channel = 0; channel < channels; channel++) {
      const known = largest[place * channels + channel]!;
      const candidate = pixel * channels + channel;
      if (known < 0 || x[candidate]! > x[known]!) largest[place * channels + channel] = candidate;
    }
  });
  return largest;
}

export const max_pool: Reference<'max_pool'> = (node, [x]) => {
  const [places, channels] = node.outputs[0]!.shape as [number, number];
  return [Float64Array.from(largestUnder(node.attributes, x!, places, channels), (index) => x![index]!)];
};

export const max_pool_backward: Reference<'max_pool_backward'> = (node, [dy, x]) => {
  const [places, channels] = node.inputs[0]!.shape as [number, number];
  const dx = new Float64Array(x!.length);
  largestUnder(node.attributes, x!, places, channels).forEach((index, i) => {
    dx[index]! += dy![i]!;
  });
  return [dx];
};

export const depthwise_convolution: Reference<'depthwise_convolution'> = (node, [x, weight]) => {
  const [places, channels] = node.outputs[0]!.shape as [number, number];
  const area = node.attributes.kernel ** 2;
  const y = new Float64Array(places * channels);
  underWindows(node.attributes, (place, pixel, at) => {
    if (pixel === undefined) return;
    for (let channel = 0; channel < channels; channel++)
      y[place * channels + channel]! += x![pixel * channels + channel]! * weight![channel * area + at]!;
  });
  return [y];
};

export const depthwise_convolution_backward: Reference<'depthwise_convolution_backward'> = (node, [dy, x, weight]) => {
  const channels = node.inputs[1]!.shape[1]!;
  const area = node.attributes.kernel ** 2;
  const [dx, dWeight] = [new Float64Array(x!.length), new Float64Array(weight!.length)];
  underWindows(node.attributes, (place, pixel, at) => {
    if (pixel === undefined) return;
    for (let channel = 0; channel < channels; channel++) {
      const upstream = dy![place * channels + channel]!;
      dx[pixel * channels + channel]! += upstream * weight![channel * area + at]!;
      dWeight[channel * area + at]! += upstream * x![pixel * channels + channel]!;
    }
  });
  return [dx, dWeight];
};

/** Σ over rows of a term, for each channel. */
function sumOverRows(rows: number, channels: number, term: (index: number, channel: number) => number): Float64Array {
  const sums = new Float64Array(channels);
  for (let row = 0; row < rows; row++)
    for (let channel = 0; channel < channels; channel++) sums[channel]! += term(row * channels + channel, channel);
  return sums;
}

export const moments: Reference<'moments'> = (node, [x]) => {
  const [rows, channels] = node.inputs[0]!.shape as [number, number];
  const mean = sumOverRows(rows, channels, (i) => x![i]! / rows);
  return [mean, sumOverRows(rows, channels, (i, channel) => (x![i]! - mean[channel]!) ** 2 / rows)];
};

export const moments_backward: Reference<'moments_backward'> = (node, [x, mean, dMean, dVariance]) => {
  const [rows, channels] = node.inputs[0]!.shape as [number, number];
  return [
    x!.map((value, i) => {
      const channel = i % channels;
      return (dMean![channel]! + 2 * dVariance![channel]! * (value - mean![channel]!)) / rows;
    }),
  ];
};

export const batch_norm: Reference<'batch_norm'> = (node, [x, mean, variance, weight, bias]) => {
  const channels = node.inputs[0]!.shape[1]!;
  return [
    x!.map((value, i) => {
      const channel = i % channels;
      const deviation = Math.sqrt(variance![channel]! + node.attributes.epsilon);
      return ((value - mean![channel]!) / deviation) * weight![channel]! + bias![channel]!;
    }),
  ];
};

export const batch_norm_backward: Reference<'batch_norm_backward'> = (node, [dy, x, mean, variance, weight]) => {
  const [rows, channels] = node.inputs[1]!.shape as [number, number];
  const r = variance!.map((value) => 1 / Math.sqrt(value + node.attributes.epsilon));
  const dBias = sumOverRows(rows, channels, (i) => dy![i]!);
  const dWeight = sumOverRows(rows, channels, (i, channel) => dy![i]! * (x![i]! - mean![channel]!) * r[channel]!);
  return [
    dy!.map((value, i) => value * weight![i % channels]! * r[i % channels]!),
    dBias.map((value, channel) => -weight![channel]! * r[channel]! * value),
    dWeight.map((value, channel) => (-weight![channel]! * r[channel]! ** 2 * value) / 2),
    dWeight,
    dBias,
  ];
};
