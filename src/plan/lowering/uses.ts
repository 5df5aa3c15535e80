import type { Graph, GraphNode, Value } from '../../graph/types.ts';

/** The value whose storage this one shares: reshapes and cache writes give a new name to what they are given. */
export function rootOf(value: Value): Value {
  let root = value;
  while (root.node.op === 'reshape' || root.node.op === 'cache_write') root = root.node.inputs[0]!;
  return root;
}

/** How often each stored value is read; an output of the program counts as read for ever. */
export function countUses(graph: Graph): Map<GraphNode, number[]> {
  const counts = new Map(graph.nodes.map((node) => [node, node.outputs.map(() => 0)]));
  const count = (value: Value, times: number): void => {
    const root = rootOf(value);
    counts.get(root.node)![root.index]! += times;
  };
  for (const node of graph.nodes) if (node.op !== 'reshape') for (const input of node.inputs) count(input, 1);
  for (const value of Object.values(graph.outputs)) count(value, Number.POSITIVE_INFINITY);
  return counts;
}
