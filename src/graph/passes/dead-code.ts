import { isEffect } from '../properties.ts';
import type { Graph, GraphNode } from '../types.ts';

/** The graph without the nodes that neither an output nor an effect needs; order and identity of the rest are kept. */
export function eliminateDeadCode(graph: Graph): Graph {
  const live = new Set<GraphNode>();
  const stack: GraphNode[] = graph.nodes.filter(isEffect);
  for (const value of Object.values(graph.outputs)) stack.push(value.node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (live.has(node)) continue;
    live.add(node);
    for (const input of node.inputs) stack.push(input.node);
  }
  return { nodes: graph.nodes.filter((node) => live.has(node)), outputs: graph.outputs };
}

/** For each node, which of its outputs are read: what is not read need not be computed. */
export function usedOutputs(graph: Graph): Map<GraphNode, boolean[]> {
  const used = new Map(graph.nodes.map((node) => [node, node.outputs.map(() => false)]));
  const mark = (node: GraphNode, index: number): void => {
    const slots = used.get(node);
    if (slots !== undefined) slots[index] = true;
  };
  for (const node of graph.nodes) for (const input of node.inputs) mark(input.node, input.index);
  for (const value of Object.values(graph.outputs)) mark(value.node, value.index);
  return used;
}
