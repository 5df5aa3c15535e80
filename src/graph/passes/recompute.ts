import { isEffect } from '../properties.ts';
import type { Graph, GraphNode, Value } from '../types.ts';

/**
 * The graph with some forward values computed again in the backward part instead of being kept until it
 * (gradient checkpointing, arXiv 1604.06174). `drops(node)` says which forward nodes are not kept; a node after
 * `lastForward` that reads one of them reads a copy, made just before the first such reader from what is kept.
 * Sources and what writes in place are never copied; every other operation is a pure function of its inputs (dropout of
 * its seed), so copies have the same bits.
 */
export function recompute(graph: Graph, lastForward: GraphNode, drops: (node: GraphNode) => boolean): Graph {
  const rewriter = new Rewriter(lastForward, drops);
  for (const node of graph.nodes) rewriter.add(node);
  return rewriter.finish(graph.outputs);
}

class Rewriter {
  private readonly nodes: GraphNode[] = [];
  /** What stands for a node of the old graph in the forward part, and in the backward part. */
  private readonly kept = new Map<GraphNode, GraphNode>();
  private readonly copies = new Map<GraphNode, GraphNode>();

  constructor(
    private readonly lastForward: GraphNode,
    private readonly drops: (node: GraphNode) => boolean,
  ) {}

  add(node: GraphNode): void {
    const isForward = node.id <= this.lastForward.id;
    const inputs = node.inputs.map((value) => (isForward ? at(this.kept, value) : this.read(value)));
    this.kept.set(node, this.append(node, inputs));
  }

  finish(outputs: Graph['outputs']): Graph {
    const renamed = Object.entries(outputs).map(([name, value]) => [name, at(this.kept, value)] as const);
    return { nodes: this.nodes, outputs: Object.fromEntries(renamed) };
  }

  /** A value as the backward part reads it. */
  private read(value: Value): Value {
    const { node } = value;
    const isCopied = node.id <= this.lastForward.id && node.inputs.length > 0 && !isEffect(node) && this.drops(node);
    if (!isCopied) return at(this.kept, value);
    if (!this.copies.has(node))
      this.copies.set(
        node,
        this.append(
          node,
          node.inputs.map((input) => this.read(input)),
        ),
      );
    return at(this.copies, value);
  }

  private append(node: GraphNode, inputs: readonly Value[]): GraphNode {
    const copy = { ...node, id: this.nodes.length, inputs } as GraphNode;
    this.nodes.push(copy);
    return copy;
  }
}

const at = (nodes: ReadonlyMap<GraphNode, GraphNode>, value: Value): Value => ({
  ...value,
  node: nodes.get(value.node)!,
});

/**
 * Everything inside the blocks of a model, given by the scope of each block (such as `model.layers.3`): only what one
 * block hands to the next is kept.
 */
export function insideBlocks(
  graph: Graph,
  blockOf: (scope: string) => string | undefined,
): (node: GraphNode) => boolean {
  const handedOn = new Set<GraphNode>();
  for (const node of graph.nodes)
    for (const { node: source } of node.inputs) if (blockOf(source.scope) !== blockOf(node.scope)) handedOn.add(source);
  return (node) => blockOf(node.scope) !== undefined && !handedOn.has(node);
}
