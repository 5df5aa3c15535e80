import { isEffect, rootOf, sharesStorage } from '../../graph/properties.ts';
import type { Graph, GraphNode, Value } from '../../graph/types.ts';

/** How often each stored value is read; an output of the program counts as read for ever. */
export function countUses(graph: Graph): Map<GraphNode, number[]> {
  const counts = new Map(graph.nodes.map((node) => [node, node.outputs.map(() => 0)]));
  const count = (value: Value, times: number): void => {
    const root = rootOf(value);
    counts.get(root.node)![root.index]! += times;
  };
  // A node that only gives a new name to its input reads nothing.
  const reading = graph.nodes.filter((node) => isEffect(node) || !sharesStorage(node));
  for (const node of reading) for (const input of node.inputs) count(input, 1);
  for (const value of Object.values(graph.outputs)) count(value, Number.POSITIVE_INFINITY);
  return counts;
}
