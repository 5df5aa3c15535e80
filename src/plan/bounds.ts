import { eliminateDeadCode, usedOutputs } from '../graph/passes/dead-code.ts';
import { isLoss, productFlopsOf, rootOf, sharesStorage } from '../graph/properties.ts';
import { byteLength, type Graph, type GraphNode } from '../graph/types.ts';

/** What no plan of the graph can go below, from the graph alone: the yardsticks of a plan. */
export interface Bounds {
  /** Multiply-adds of matrix products and attention, counted twice; flash backward recomputes its scores once. */
  readonly flops: number;
  /**
   * Weights read once forward and once backward; each value that the backward part needs written once and read once;
   * gradients and everything trained read and written once.
   */
  readonly bytesMoved: number;
  /** Most bytes of computed values alive at one time in the order of the graph, beside the persistent buffers. */
  readonly transientBytes: number;
}

export function boundsOf(graph: Graph): Bounds {
  const live = eliminateDeadCode(graph);
  const used = usedOutputs(live);
  return {
    flops: analyticFlops(live, used),
    bytesMoved: leastBytesMoved(live),
    transientBytes: leastTransientBytes(live, used),
  };
}

function analyticFlops(graph: Graph, used: ReadonlyMap<GraphNode, readonly boolean[]>): number {
  return graph.nodes.reduce(
    (sum, node) => sum + productFlopsOf(node, { used: used.get(node) ?? [], skipsMasked: true }),
    0,
  );
}

/** Node number of the loss: what comes after it is the backward part. */
const lossId = (graph: Graph): number => graph.nodes.find(isLoss)?.id ?? Number.POSITIVE_INFINITY;

function leastBytesMoved(graph: Graph): number {
  const loss = lossId(graph);
  const readers = new Map<GraphNode, { forward: boolean; backward: boolean }>();
  for (const node of graph.nodes)
    for (const input of node.inputs) {
      const root = rootOf(input).node;
      const seen = readers.get(root) ?? { forward: false, backward: false };
      readers.set(root, { forward: seen.forward || node.id <= loss, backward: seen.backward || node.id > loss });
    }
  let bytes = 0;
  for (const [node, { forward, backward }] of readers) {
    const size = node.outputs.reduce((sum, type) => sum + byteLength(type), 0);
    const isWeight =
      node.op === 'parameter' && (node.attributes.kind === 'weight' || node.attributes.kind === 'trained');
    if (isWeight) bytes += size * ((forward ? 1 : 0) + (backward ? 1 : 0));
    else if (node.op === 'parameter') bytes += 2 * size;
    else if (node.op !== 'input' && node.id < loss && backward) bytes += 2 * size;
  }
  return bytes;
}

/** Sources and other names of a value never need a place of their own. */
const needsNoPlace = (node: GraphNode): boolean => node.inputs.length === 0 || sharesStorage(node);

export function leastTransientBytes(graph: Graph, used: ReadonlyMap<GraphNode, readonly boolean[]>): number {
  const lastUse = new Map<GraphNode, number>();
  for (const node of graph.nodes) for (const input of node.inputs) lastUse.set(rootOf(input).node, node.id);
  for (const value of Object.values(graph.outputs)) lastUse.set(rootOf(value).node, Number.POSITIVE_INFINITY);
  const accumulated = new Set(graph.nodes.filter(({ op }) => op === 'accumulate').map((node) => node.inputs[1]!.node));
  const ends = new Map<number, number>();
  let alive = 0;
  let most = 0;
  for (const node of graph.nodes) {
    alive -= ends.get(node.id) ?? 0;
    if (needsNoPlace(node) || accumulated.has(node)) continue;
    const bytes = node.outputs.reduce((sum, type, index) => sum + (used.get(node)?.[index] ? byteLength(type) : 0), 0);
    const end = lastUse.get(node) ?? node.id;
    alive += bytes;
    most = Math.max(most, alive);
    ends.set(end, (ends.get(end) ?? 0) + bytes);
  }
  return most;
}
