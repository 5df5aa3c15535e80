import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { rowWorkgroups } from './normalization.ts';

export function lowerMixStreams(lowering: Lowering, node: NodeOf<'mix_streams'>): void {
  const [x, weights] = node.inputs as [Value, Value];
  const [rows, ofRow] = weights.shape as [number, number];
  const width = x.shape[1]!;
  const inputs = x.shape[0]! / rows;
  const outputs = ofRow / inputs;
  const vec4 = width % 4 === 0;
  const [ofInput, ofOutput] = node.attributes.transposed ? [outputs, 1] : [1, inputs];
  lowering.emit<'mix_streams'>({
    spec: { kernel: 'mix_streams', vec4 },
    storages: { ...lowering.inputs(node, 'x', 'weights'), y: lowering.define(node) },
    uniforms: { count: rows * width, width, inputs, outputs, ofInput, ofOutput },
    workgroups: flatWorkgroups((rows * width) / (vec4 ? 4 : 1), lowering.profile),
    flops: 2 * inputs * elementCount(node.outputs[0]!.shape),
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerStreamProducts(lowering: Lowering, node: NodeOf<'stream_products'>): void {
  const { rows: length } = node.attributes;
  const [ofA, ofB] = node.inputs.map(({ shape }) => shape[0]! / length) as [number, number];
  const width = node.inputs[0]!.shape[1]!;
  const rows = length * ofA * ofB;
  lowering.emit<'stream_products'>({
    spec: { kernel: 'stream_products', perThread: lowering.profile.software, vec4: width % 4 === 0 },
    storages: { ...lowering.inputs(node, 'a', 'b'), products: lowering.define(node) },
    uniforms: { rows, width, length, ofA, ofB },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 2 * rows * width,
  });
  for (const input of node.inputs) lowering.release(input);
}
