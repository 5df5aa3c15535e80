import { flopsOf } from '../graph/properties.ts';
import { byteLength } from '../graph/types.ts';
import { workSeconds } from '../plan/cost.ts';
import type { CostSheet, PeakByKind } from '../plan/cost-sheet.ts';
import type { DeviceProfile } from '../plan/profile.ts';
import { entryOf } from './operations.ts';
import { heldBytes } from './parameters.ts';
import type { Program } from './program.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Most bytes of node outputs and intermediates alive at once, parameters left out. */
function peakActivations({ graph, releasedAfter }: Program): number {
  let live = 0;
  let peak = 0;
  for (const node of graph.nodes) {
    if (node.op === 'parameter') continue;
    live += sum(node.outputs.map(heldBytes));
    peak = Math.max(peak, live + entryOf(node).transientBytes(node));
    for (const done of releasedAfter.get(node)!) if (done.op !== 'parameter') live -= sum(done.outputs.map(heldBytes));
  }
  return peak;
}

/**
 * What a program costs on TensorFlow.js. Bytes are those of the tensors it holds, 16-bit weights widened; FLOPs are a
 * plain count without regard to masks. Dispatches and submits are TensorFlow.js's own affair and stay 0.
 */
export function costOf(program: Program, profile: DeviceProfile): CostSheet {
  const { nodes, outputs } = program.graph;
  const kinds = { weight: 0, trained: 0, gradient: 0, optimizer: 0, cache: 0, table: 0 };
  for (const node of nodes) if (node.op === 'parameter') kinds[node.attributes.kind] += heldBytes(node.outputs[0]!);
  const feeds = nodes.filter((node) => node.op === 'input').map((node) => byteLength(node.outputs[0]!));
  const staging = sum(feeds) + sum(Object.values(outputs).map(heldBytes));
  const peakByKind: PeakByKind = { ...kinds, activations: peakActivations(program), staging };
  // Masked places are computed too, and every output.
  const flopsOfNodes = nodes.map((node) => flopsOf(node, { used: node.outputs.map(() => true), skipsMasked: false }));
  const flops = sum(flopsOfNodes);
  const moved = nodes.map((node) => sum(node.inputs.map(heldBytes)) + sum(node.outputs.map(heldBytes)));
  const bytesMoved = sum(moved);
  return {
    flops,
    bytesMoved,
    dispatches: 0,
    submits: 0,
    peakBytes: sum(Object.values(peakByKind)),
    peakByKind,
    largestBinding: Math.max(0, ...nodes.flatMap((node) => node.outputs.map(heldBytes))),
    largestDispatchFlops: Math.max(0, ...flopsOfNodes),
    seconds: workSeconds({ runs: 1, dispatches: 0, flops, bytes: bytesMoved }, profile),
  };
}
