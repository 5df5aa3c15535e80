import type { Graph, GraphNode } from '../../graph/types.ts';

/** The nodes in an order in which each `accumulate` follows its last input at once, so that gradients do not pile up. */
export function scheduleEffects(graph: Graph): GraphNode[] {
  const waiting = new Map<GraphNode, GraphNode[]>();
  for (const node of graph.nodes) {
    if (node.op !== 'accumulate') continue;
    const last = node.inputs.reduce((a, b) => (a.node.id > b.node.id ? a : b)).node;
    waiting.set(last, [...(waiting.get(last) ?? []), node]);
  }
  return graph.nodes.flatMap((node) => (node.op === 'accumulate' ? [] : [node, ...(waiting.get(node) ?? [])]));
}
