/**
 * Images by slices: the pixels that stand at one place of the window, for all its places at once, are one strided slice.
 * TensorFlow.js's own gradients of convolutions and pools are missing on wasm.
 */
import {
  add,
  concat,
  div,
  equal,
  expandDims,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  mean as meanOf,
  mul,
  neg,
  pad,
  reshape,
  rsqrt,
  slice,
  square,
  stack,
  stridedSlice,
  sub,
  sum,
  type Tensor,
  unstack,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { WindowAttributes } from '../../graph/types.ts';
import { windowPlaces } from '../../graph/window.ts';
import { type Entry, plain } from '../run.ts';

/** Below every number that an image holds; −∞ would become NaN where it meets 0. */
const BELOW_ALL = -3e38;

/** For each pixel of the window, row by row: what lies under it, [batch, down, across, channels]. */
function underWindow(x: Tensor, window: WindowAttributes, outside: number): Tensor[] {
  const { batch, height, width, kernel, stride, padding } = window;
  const [down, across] = windowPlaces(window);
  const channels = x.shape[1]!;
  const edge: [number, number] = [padding, padding];
  const images = reshape(x, [batch, height, width, channels]);
  const padded = padding === 0 ? images : pad(images, [[0, 0], edge, edge, [0, 0]], outside);
  return Array.from({ length: kernel * kernel }, (_, at) => {
    const [row, column] = [Math.floor(at / kernel), at % kernel];
    const end = [batch, row + (down - 1) * stride + 1, column + (across - 1) * stride + 1, channels];
    return stridedSlice(padded, [0, row, column, 0], end, [1, stride, stride, 1]);
  });
}

/** The transpose of `underWindow`: the sum of all pieces at the pixels that they came from, [pixels, channels]. */
function putBack(pieces: readonly Tensor[], window: WindowAttributes): Tensor {
  const { batch, height, width, kernel, padding } = window;
  const channels = pieces[0]!.shape[3]!;
  const placed = pieces.map((piece, at) => placedAt(piece, window, Math.floor(at / kernel), at % kernel));
  const all = placed.reduce((total, piece) => add(total, piece));
  return reshape(slice(all, [0, padding, padding, 0], [batch, height, width, channels]), [-1, channels]);
}

/** A piece with zeros between its pixels and around them, so that it covers the padded images. */
function placedAt(piece: Tensor, window: WindowAttributes, row: number, column: number): Tensor {
  const { batch, height, width, stride, padding } = window;
  const [down, across] = windowPlaces(window);
  const channels = piece.shape[3]!;
  const wide = withZeros(reshape(piece, [-1, channels]), (stride - 1) * channels);
  const high = withZeros(reshape(wide, [batch * down, -1]), (stride - 1) * across * stride * channels);
  const [rows, columns] = [(down - 1) * stride + 1, (across - 1) * stride + 1];
  const spread = reshape(high, [batch, down * stride, across * stride, channels]);
  const cut = slice(spread, [0, 0, 0, 0], [batch, rows, columns, channels]);
  const below = height + 2 * padding - row - rows;
  const right = width + 2 * padding - column - columns;
  return pad(cut, [
    [0, 0],
    [row, below],
    [column, right],
    [0, 0],
  ]);
}

const withZeros = (rows: Tensor, count: number): Tensor =>
  count === 0
    ? rows
    : pad(rows, [
        [0, 0],
        [0, count],
      ]);

export const im2col: Entry<'im2col'> = plain((node, run) => {
  const [x] = run.inputs(node);
  const pieces = underWindow(x!, node.attributes, 0).map((piece) => expandDims(piece, -1));
  return [reshape(concat(pieces, 4), [...node.outputs[0]!.shape])];
});

export const col2im: Entry<'col2im'> = plain((node, run) => {
  const [columns] = run.inputs(node);
  const { batch, kernel } = node.attributes;
  const channels = node.outputs[0]!.shape[1]!;
  const pieces = unstack(reshape(columns!, [-1, channels, kernel * kernel]), 2);
  const shape = [batch, ...windowPlaces(node.attributes), channels];
  return [
    putBack(
      pieces.map((piece) => reshape(piece, shape)),
      node.attributes,
    ),
  ];
});

export const max_pool: Entry<'max_pool'> = plain((node, run) => {
  const [x] = run.inputs(node);
  const largest = underWindow(x!, node.attributes, BELOW_ALL).reduce((a, b) => maximum(a, b));
  return [reshape(largest, [...node.outputs[0]!.shape])];
});

export const max_pool_backward: Entry<'max_pool_backward'> = plain((node, run) => {
  const [dy, x] = run.inputs(node);
  const pieces = underWindow(x!, node.attributes, BELOW_ALL);
  const largest = pieces.reduce((a, b) => maximum(a, b));
  const upstream = reshape(dy!, largest.shape);
  let taken: Tensor | undefined;
  const shares = pieces.map((piece) => {
    const isLargest = equal(piece, largest);
    const first = taken === undefined ? isLargest : logicalAnd(isLargest, logicalNot(taken));
    taken = taken === undefined ? isLargest : logicalOr(taken, isLargest);
    return where(first, upstream, zerosLike(upstream));
  });
  return [putBack(shares, node.attributes)];
});

/** The weight [channels, 1, kernel, kernel] at each place of the window, [channels]. */
const weightsAt = (weight: Tensor): Tensor[] => unstack(reshape(weight, [weight.shape[0]!, -1]), 1);

export const depthwise_convolution: Entry<'depthwise_convolution'> = plain((node, run) => {
  const [x, weight] = run.inputs(node);
  const weights = weightsAt(weight!);
  const products = underWindow(x!, node.attributes, 0).map((piece, at) => mul(piece, weights[at]!));
  return [
    reshape(
      products.reduce((total, each) => add(total, each)),
      [...node.outputs[0]!.shape],
    ),
  ];
});

export const depthwise_convolution_backward: Entry<'depthwise_convolution_backward'> = plain((node, run, used) => {
  const [dy, x, weight] = run.inputs(node);
  const { batch } = node.attributes;
  const upstream = reshape(dy!, [batch, ...windowPlaces(node.attributes), dy!.shape[1]!]);
  const ofWeight = (): Tensor => {
    const sums = underWindow(x!, node.attributes, 0).map((piece) => sum(mul(piece, upstream), [0, 1, 2]));
    return reshape(stack(sums, 1), weight!.shape);
  };
  const ofInput = (): Tensor =>
    putBack(
      weightsAt(weight!).map((each) => mul(upstream, each)),
      node.attributes,
    );
  return [used[0] ? ofInput() : undefined, used[1] ? ofWeight() : undefined];
});

export const moments: Entry<'moments'> = plain((node, run) => {
  const [x] = run.inputs(node);
  const mean = meanOf(x!, 0);
  return [mean, meanOf(square(sub(x!, mean)), 0)];
});

export const moments_backward: Entry<'moments_backward'> = plain((node, run) => {
  const [x, mean, dMean, dVariance] = run.inputs(node);
  return [div(add(dMean!, mul(mul(dVariance!, 2), sub(x!, mean!))), x!.shape[0]!)];
});

export const batch_norm: Entry<'batch_norm'> = plain((node, run) => {
  const [x, mean, variance, weight, bias] = run.inputs(node);
  const factor = mul(rsqrt(add(variance!, node.attributes.epsilon)), weight!);
  return [add(mul(sub(x!, mean!), factor), bias!)];
});

export const batch_norm_backward: Entry<'batch_norm_backward'> = plain((node, run, used) => {
  const [dy, x, mean, variance, weight] = run.inputs(node);
  const r = rsqrt(add(variance!, node.attributes.epsilon));
  const dBias = sum(dy!, 0);
  const dWeight = mul(sum(mul(dy!, sub(x!, mean!)), 0), r);
  const factor = mul(weight!, r);
  return [
    used[0] ? mul(dy!, factor) : undefined,
    neg(mul(factor, dBias)),
    mul(mul(mul(factor, r), dWeight), -0.5),
    dWeight,
    dBias,
  ];
});
