import {
  type Activation,
  elementCount,
  type GraphNode,
  type NodeOf,
  sameShape,
  type Value,
} from '../../graph/types.ts';
import type { ElementwiseSpec } from '../kernels/elementwise.ts';
import type { Storage } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { lowerMatmul } from './matmul.ts';

interface ElementwiseCall {
  readonly operation: ElementwiseSpec['operation'];
  readonly activation?: Activation;
  readonly operands: readonly Storage[];
  readonly outputs: readonly Storage[];
  /** The operand the (first) output is written over, if it is. */
  readonly inPlace: number | 'none';
  readonly count: number;
  readonly period?: number;
  readonly factor?: number;
}

/** Rough arithmetic of one element, for the sheet. */
const flopsPerElement = 4;

export function emitElementwise(lowering: Lowering, call: ElementwiseCall): void {
  const { count, inPlace } = call;
  const period = call.period ?? count;
  const vec4 = count % 4 === 0 && period % 4 === 0;
  const [a, b, c] = call.operands as [Storage, Storage?, Storage?];
  const [out, out2] = inPlace === 'none' ? call.outputs : [];
  lowering.emit<'elementwise'>({
    spec: { kernel: 'elementwise', operation: call.operation, activation: call.activation ?? '', inPlace, vec4 },
    storages: { a, b, c, out, out2 },
    uniforms: { count, period, factor: call.factor ?? 1 },
    workgroups: flatWorkgroups(vec4 ? count / 4 : count, lowering.profile),
    flops: count * flopsPerElement,
  });
}

type SimpleNode = Extract<GraphNode, { op: 'mul' | 'activation' | 'activation_backward' | 'gated_activation' }>;

/** Operations of one output; the output takes the place of the first operand that is no longer needed. */
export function lowerElementwise(lowering: Lowering, node: SimpleNode): void {
  const count = elementCount(node.outputs[0]!.shape);
  const operands = node.inputs.map((input) => lowering.storage(input));
  const [out, inPlace] = outputFor(lowering, node, node.inputs);
  emitElementwise(lowering, {
    operation: node.op,
    operands,
    outputs: [out],
    inPlace,
    count,
    ...('activation' in node.attributes ? { activation: node.attributes.activation } : {}),
    ...(node.op === 'mul' ? { period: elementCount(node.inputs[1]!.shape) } : {}),
  });
  for (const input of node.inputs) lowering.release(input);
}

function outputFor(lowering: Lowering, node: SimpleNode, candidates: readonly Value[]): [Storage, number | 'none'] {
  const shape = node.outputs[0]!.shape;
  for (const [index, candidate] of candidates.entries()) {
    const storage = sameShape(candidate.shape, shape) ? lowering.overwritable(candidate) : undefined;
    if (storage === undefined) continue;
    lowering.place(node, 0, storage);
    return [storage, index];
  }
  return [lowering.define(node), 'none'];
}

export function lowerScale(lowering: Lowering, node: NodeOf<'scale'>): void {
  const [x] = node.inputs as [Value];
  const { factor } = node.attributes;
  const product = lowering.fusion.product(x);
  if (product !== undefined) {
    lowerMatmul(lowering, product.node, product.scale * factor, node);
    return;
  }
  const inPlace = lowering.overwritable(x);
  const out = inPlace ?? lowering.allocate(elementCount(x.shape));
  lowering.place(node, 0, out);
  const operands = [lowering.storage(x)];
  emitElementwise(lowering, {
    ...{ operation: 'scale', operands, outputs: [out], factor },
    inPlace: inPlace === undefined ? 'none' : 0,
    count: elementCount(x.shape),
  });
  lowering.release(x);
}
