import { causalConvolutionInputs, elementCount, type FloatDType, type NodeOf, type Value } from '../../graph/types.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { sumInChunks } from './normalization.ts';

/** The most rows that a thread takes one after the other: of each strip the rows around it are read again. */
const longestStrip = 16;

type ConvolutionNode = NodeOf<'causal_convolution' | 'causal_convolution_backward'>;

/** Sizes of kernels whose threads take strips, with what they move beside the rows that each reads and writes once. */
function stripsOf(lowering: Lowering, { attributes: { batch } }: ConvolutionNode, x: Value, weight: Value) {
  const [rows, channels] = x.shape as [number, number];
  const taps = weight.shape.at(-1)!;
  const length = rows / batch;
  const vec4 = channels % 4 === 0;
  const columns = vec4 ? channels / 4 : channels;
  const rowsPerStrip = Math.min(length, longestStrip);
  const strips = batch * Math.ceil(length / rowsPerStrip);
  return {
    form: { taps, vec4, weightType: weight.dtype as FloatDType },
    uniforms: { batch, length, columns, rowsPerStrip },
    workgroups: flatWorkgroups(strips * columns, lowering.profile),
    flops: 2 * taps * rows * channels,
  };
}

export function lowerCausalConvolution(lowering: Lowering, node: NodeOf<'causal_convolution'>): void {
  const { x, weight, starts, before, bias } = causalConvolutionInputs(node.inputs);
  const storages = {
    x: lowering.storage(x),
    starts: lowering.storage(starts),
    before: before && lowering.storage(before),
  };
  const continues = before !== undefined;
  const { form, uniforms, workgroups, flops } = stripsOf(lowering, node, x, weight);
  if (lowering.isUsed(node, 0))
    lowering.emit<'causal_convolution'>({
      spec: { kernel: 'causal_convolution', ...form, continues, bias: bias !== undefined },
      storages: {
        ...storages,
        weight: lowering.storage(weight),
        bias: bias && lowering.storage(bias),
        y: lowering.define(node, 0),
      },
      ...{ uniforms, workgroups, flops },
    });
  const kept = elementCount(node.outputs[1]!.shape);
  if (lowering.isUsed(node, 1))
    lowering.emit<'causal_convolution_kept'>({
      spec: { kernel: 'causal_convolution_kept', taps: form.taps, continues },
      storages: { ...storages, after: lowering.define(node, 1) },
      uniforms: { batch: uniforms.batch, length: uniforms.length, channels: x.shape[1]! },
      workgroups: flatWorkgroups(kept, lowering.profile),
      flops: 0,
      bytesMoved: 8 * kept,
    });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerCausalConvolutionBackward(lowering: Lowering, node: NodeOf<'causal_convolution_backward'>): void {
  const [dyValue, ...inputs] = node.inputs as [Value, ...Value[]];
  const { x, weight, before, starts } = causalConvolutionInputs(inputs);
  const shared = { dy: lowering.storage(dyValue), starts: lowering.storage(starts) };
  const { form, uniforms, workgroups, flops } = stripsOf(lowering, node, x, weight);
  if (lowering.isUsed(node, 1)) {
    const size = [x.shape[0]!, x.shape[1]! * form.taps] as const;
    sumInChunks(lowering, lowering.define(node, 1), size, ({ partials, uniforms: chunks, workgroups: [, count] }) =>
      lowering.emit<'causal_convolution_weight_gradient'>({
        spec: { kernel: 'causal_convolution_weight_gradient', taps: form.taps, continues: before !== undefined },
        storages: { ...shared, x: lowering.storage(x), before: before && lowering.storage(before), out: partials },
        uniforms: { ...chunks, length: uniforms.length },
        workgroups: [Math.ceil(x.shape[1]! / 64), count, 1],
        flops,
      }),
    );
  }
  if (lowering.isUsed(node, 0))
    lowering.emit<'causal_convolution_input_gradient'>({
      spec: { kernel: 'causal_convolution_input_gradient', ...form },
      storages: { ...shared, weight: lowering.storage(weight), dx: lowering.define(node, 0) },
      ...{ uniforms, workgroups, flops },
    });
  for (const input of node.inputs) lowering.release(input);
}
