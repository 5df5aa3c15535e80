import {
  add,
  concat,
  mul,
  pad,
  reshape,
  slice,
  stack,
  sum,
  type Tensor,
  tensor,
  unstack,
  zeros,
} from '@tensorflow/tfjs-core';
import { type BatchAttributes, causalConvolutionInputs, type Value } from '../../graph/types.ts';
import { type Entry, plain, type Run } from '../run.ts';

/** For each tap, the rows that it meets, [batch, length, channels], and which of them are of the example: 0 or 1. */
interface Taps {
  readonly weights: readonly Tensor[];
  /** The kept rows and then those of x, [batch, taps − 1 + length, channels]. */
  readonly all: Tensor;
  readonly rows: readonly Tensor[];
  /** [batch, length, 1]; absent where all are. */
  readonly masks: readonly (Tensor | undefined)[];
}

function tapsOf(run: Run, inputs: readonly Value[], { batch }: BatchAttributes): Taps {
  const { x, weight, starts, before } = causalConvolutionInputs(inputs);
  const [rows, channels] = x.shape as [number, number];
  const length = rows / batch;
  const taps = weight.shape.at(-1)!;
  const keptShape: [number, number, number] = [batch, taps - 1, channels];
  const kept = before ? reshape(run.tensor(before), keptShape) : zeros(keptShape);
  const all = concat([kept, reshape(run.tensor(x), [batch, length, channels])], 1);
  const fed = run.fed(starts);
  const places = Array.from({ length: taps }, (_, k) => k);
  return {
    weights: unstack(reshape(run.tensor(weight), [channels, taps]), 1),
    all,
    rows: places.map((k) => slice(all, [0, k, 0], [batch, length, channels])),
    masks: places.map((k) => {
      const mask = Float32Array.from(fed, (start, row) => ((row % length) - (taps - 1) + k >= start ? 1 : 0));
      return mask.includes(0) ? tensor(mask, [batch, length, 1]) : undefined;
    }),
  };
}

const masked = (x: Tensor, mask: Tensor | undefined): Tensor => (mask ? mul(x, mask) : x);
const total = (terms: readonly Tensor[]): Tensor => terms.reduce((before, term) => add(before, term));

export const causal_convolution: Entry<'causal_convolution'> = plain((node, run, used) => {
  const { weights, all, rows, masks } = tapsOf(run, node.inputs, node.attributes);
  const { bias } = causalConvolutionInputs(node.inputs);
  const y = total(rows.map((each, k) => mul(masked(each, masks[k]), weights[k]!)));
  const biased = bias ? add(y, run.tensor(bias)) : y;
  return [
    reshape(biased, [...node.outputs[0]!.shape]),
    used[1] ? keptAfter(node.outputs[1]!.shape, all, run, node) : undefined,
  ];
});

/** The last rows of each sequence, those before the example of the last one 0. */
function keptAfter(
  shape: readonly number[],
  all: Tensor,
  run: Run,
  { inputs, attributes: { batch } }: Parameters<Entry<'causal_convolution'>['evaluate']>[0],
): Tensor {
  const [, whole, channels] = all.shape as [number, number, number];
  const taps = inputs[1]!.shape.at(-1)!;
  const length = whole - (taps - 1);
  const starts = run.fed(inputs[2]!);
  const seen = Float32Array.from({ length: batch * (taps - 1) }, (_, index) => {
    const [sequence, place] = [Math.floor(index / (taps - 1)), index % (taps - 1)];
    return length - (taps - 1) + place >= starts[(sequence + 1) * length - 1]! ? 1 : 0;
  });
  const last = slice(all, [0, length, 0], [batch, taps - 1, channels]);
  return reshape(mul(last, tensor(seen, [batch, taps - 1, 1])), [...shape]);
}

export const causal_convolution_backward: Entry<'causal_convolution_backward'> = plain((node, run, used) => {
  const { weights, rows, masks } = tapsOf(run, node.inputs.slice(1), node.attributes);
  const [batch, length, channels] = rows[0]!.shape as [number, number, number];
  const taps = weights.length;
  const dy = reshape(run.tensor(node.inputs[0]!), [batch, length, channels]);
  const upstream = masks.map((mask) => masked(dy, mask));
  const dx = (): Tensor => {
    const terms = upstream.map((each, k) =>
      pad(mul(each, weights[k]!), [
        [0, 0],
        [k, taps - 1 - k],
        [0, 0],
      ]),
    );
    return reshape(slice(total(terms), [0, taps - 1, 0], [batch, length, channels]), [batch * length, channels]);
  };
  const dWeight = (): Tensor => {
    const sums = upstream.map((each, k) => sum(reshape(mul(each, rows[k]!), [batch * length, channels]), 0));
    return reshape(stack(sums, 1), [...node.outputs[1]!.shape]);
  };
  return [used[0] ? dx() : undefined, used[1] ? dWeight() : undefined];
});
