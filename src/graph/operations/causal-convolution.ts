import { f32, type OpDefinition, productFlops, requireInputs, requireShape, ShapeError, show } from '../definition.ts';
import {
  type BatchAttributes,
  type CausalConvolutionInputs,
  causalConvolutionInputs,
  elementCount,
  type TensorType,
} from '../types.ts';

function requireFit(inputs: CausalConvolutionInputs<TensorType>, { batch }: BatchAttributes): void {
  const { x, weight, starts, before, bias } = inputs;
  const [rows, channels] = x.shape as [number, number];
  const taps = weight.shape.at(-1)!;
  const fits =
    x.shape.length === 2 &&
    taps > 1 &&
    weight.shape[0] === channels &&
    elementCount(weight.shape) === channels * taps &&
    String(starts.shape) === String([rows]) &&
    starts.dtype === 'i32' &&
    rows % batch === 0 &&
    (before === undefined || String(before.shape) === String([batch, (taps - 1) * channels])) &&
    (bias === undefined || (bias.shape[0] === channels && bias.dtype === 'f32'));
  requireShape(fits, () => {
    const given = Object.entries(inputs).map(([name, type]) => `${name} ${show(type as TensorType)}`);
    return `causal_convolution: ${given.join(', ')} do not fit batch ${batch}`;
  });
}

/**
 * Each channel by itself over the rows before it (a depthwise convolution; PyTorch's conv1d with `groups` = channels and
 * `padding` = taps − 1, its end cut off): (x f32 [batch · length, channels], weight [channels, taps] or [channels, 1,
 * taps], starts i32 [rows] [, before f32 [batch, (taps − 1) · channels]] [, bias f32 [channels]]) → (y as x, after as
 * before). With rows counted within their sequence, y_t = bias + Σ_k weight_k · x_{t − (taps − 1) + k}, where rows before
 * starts_t are 0: the row at which the example of row t starts, so that rows of several examples stay apart. Rows before
 * the first are those of `before`, the last taps − 1 of what the sequence was so far; without it all starts are ≥ 0.
 * `after` is the same behind the last row, for what comes next; it leads no gradient on.
 */
export const causal_convolution: OpDefinition<'causal_convolution'> = {
  flops: ({ inputs, outputs: [y] }) => productFlops(y!.shape, inputs[1]!.shape.at(-1)!),
  isCheap: true,
  infer(list, attributes) {
    requireInputs(list, 'causal_convolution', 3, 5);
    const inputs = causalConvolutionInputs(list);
    requireFit(inputs, attributes);
    const { x, weight } = inputs;
    return [f32(x.shape), f32([attributes.batch, (weight.shape.at(-1)! - 1) * x.shape[1]!])];
  },
  gradient(builder, node, [upstream, after], needs) {
    const { x, weight, starts, before, bias } = causalConvolutionInputs(node.inputs);
    if (after !== undefined || (before !== undefined && needs[node.inputs.indexOf(before)]))
      throw new ShapeError('causal_convolution: what was kept of a sequence has no gradient');
    if (upstream === undefined) return [];
    const inputs = [upstream, x, weight, starts, ...(before ? [before] : [])];
    const [dx, dWeight] = builder.nodeOutputs('causal_convolution_backward', inputs, node.attributes);
    const dBias = bias && needs[node.inputs.indexOf(bias)] ? builder.reduceSum(upstream, 1) : undefined;
    return node.inputs.map((input) =>
      input === x ? dx : input === weight ? dWeight : input === bias ? dBias : undefined,
    );
  },
};

/**
 * (dy, x, weight, starts [, before]) → (dx, dWeight): dx_j = Σ_d weight_{taps − 1 − d} · dy_{j + d} over the rows j + d of
 * the same example, dWeight_k = Σ_t dy_t · x_{t − (taps − 1) + k}.
 */
export const causal_convolution_backward: OpDefinition<'causal_convolution_backward'> = {
  flops({ inputs, outputs: [dx] }, { used }) {
    const each = productFlops(dx!.shape, inputs[2]!.shape.at(-1)!);
    return used.filter((isUsed) => isUsed).length * each;
  },
  infer([dy, ...list], attributes) {
    requireInputs([dy!, ...list], 'causal_convolution_backward', 4, 5);
    const inputs = causalConvolutionInputs(list);
    requireFit(inputs, attributes);
    return [f32(dy!.shape), f32(inputs.weight.shape)];
  },
};
