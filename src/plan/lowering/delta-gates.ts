import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

/** Rough arithmetic of one row and head, for the sheet. */
const flopsEach = 8;

function sizesOf(lowering: Lowering, a: Value) {
  const count = elementCount(a.shape);
  return {
    uniforms: { count, heads: a.shape[1]! },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: flopsEach * count,
  };
}

export function lowerDeltaGates(lowering: Lowering, node: NodeOf<'delta_gates'>): void {
  lowering.emit<'delta_gates'>({
    spec: { kernel: 'delta_gates' },
    storages: {
      ...lowering.inputs(node, 'a', 'b', 'logRate', 'bias'),
      g: lowering.define(node, 0),
      beta: lowering.define(node, 1),
    },
    ...sizesOf(lowering, node.inputs[0]!),
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerDeltaGatesBackward(lowering: Lowering, node: NodeOf<'delta_gates_backward'>): void {
  lowering.emit<'delta_gates_backward'>({
    spec: { kernel: 'delta_gates_backward' },
    storages: {
      ...lowering.inputs(node, 'dg', 'dBeta', 'a', 'b', 'logRate', 'bias'),
      da: lowering.define(node, 0),
      db: lowering.define(node, 1),
    },
    ...sizesOf(lowering, node.inputs[2]!),
  });
  for (const input of node.inputs) lowering.release(input);
}
