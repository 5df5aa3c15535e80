import { type BatchAttributes, causalConvolutionInputs, type Value } from '../types.ts';
import type { Reference } from './interpret.ts';

/** Sizes, and what a row sees: rows are counted within their sequence, and below 0 are those that were kept. */
function layoutOf(inputs: readonly Value[], values: readonly Float64Array[], { batch }: BatchAttributes) {
  const named = causalConvolutionInputs(inputs);
  const [x, , starts] = values as [Float64Array, Float64Array, Float64Array];
  const before = named.before && values[inputs.indexOf(named.before)]!;
  const [rows, channels] = named.x.shape as [number, number];
  const taps = named.weight.shape.at(-1)!;
  const length = rows / batch;
  /** Index in x, or undefined where the row is not one of x. */
  const indexOf = (sequence: number, t: number, channel: number): number | undefined =>
    t < 0 ? undefined : (sequence * length + t) * channels + channel;
  const seen = (sequence: number, t: number, from: number, channel: number): number => {
    if (from < starts[sequence * length + t]!) return 0;
    const kept = (sequence * (taps - 1) + taps - 1 + from) * channels + channel;
    if (from < 0 && before === undefined) throw new Error('rows start before the first, and nothing was kept');
    return from < 0 ? before![kept]! : x[indexOf(sequence, from, channel)!]!;
  };
  return { rows, channels, taps, length, seen, indexOf };
}

export const causal_convolution: Reference<'causal_convolution'> = (node, values) => {
  const { rows, channels, taps, length, seen } = layoutOf(node.inputs, values, node.attributes);
  const { bias } = causalConvolutionInputs(node.inputs);
  const weight = values[1]!;
  const biases = bias && values[node.inputs.indexOf(bias)]!;
  const y = Float64Array.from({ length: rows * channels }, (_, index) => {
    const [row, channel] = [Math.floor(index / channels), index % channels];
    const [sequence, t] = [Math.floor(row / length), row % length];
    let sum = biases?.[channel] ?? 0;
    for (let k = 0; k < taps; k++) sum += weight[channel * taps + k]! * seen(sequence, t, t - (taps - 1) + k, channel);
    return sum;
  });
  const after = Float64Array.from({ length: node.attributes.batch * (taps - 1) * channels }, (_, index) => {
    const [row, channel] = [Math.floor(index / channels), index % channels];
    const [sequence, place] = [Math.floor(row / (taps - 1)), row % (taps - 1)];
    return seen(sequence, length - 1, length - (taps - 1) + place, channel);
  });
  return [y, after];
};

export const causal_convolution_backward: Reference<'causal_convolution_backward'> = (node, [dy, ...values]) => {
  const inputs = node.inputs.slice(1);
  const { rows, channels, taps, length, seen, indexOf } = layoutOf(inputs, values, node.attributes);
  const [weight, starts] = [values[1]!, values[2]!];
  const dx = new Float64Array(dy!.length);
  const dWeight = new Float64Array(weight.length);
  for (let row = 0; row < rows; row++)
    for (let channel = 0; channel < channels; channel++)
      for (let k = 0; k < taps; k++) {
        const [sequence, t] = [Math.floor(row / length), row % length];
        const from = t - (taps - 1) + k;
        const upstream = dy![row * channels + channel]!;
        dWeight[channel * taps + k]! += upstream * seen(sequence, t, from, channel);
        const index = indexOf(sequence, from, channel);
        if (index !== undefined && from >= starts[row]!) dx[index]! += upstream * weight[channel * taps + k]!;
      }
  return [dx, dWeight];
};
