import { clone, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { eliminateDeadCode, usedOutputs } from '../graph/passes/dead-code.ts';
import type { Graph, GraphNode } from '../graph/types.ts';
import type { Feeds } from '../plan/executor.ts';
import { entryOf } from './operations.ts';
import type { Parameter } from './parameters.ts';
import { Run } from './run.ts';

/** A graph with what is needed to run it while holding no tensor longer than anybody reads it. */
export interface Program {
  readonly graph: Graph;
  readonly used: ReadonlyMap<GraphNode, readonly boolean[]>;
  /** For each node, the nodes whose outputs nobody reads after it. */
  readonly releasedAfter: ReadonlyMap<GraphNode, readonly GraphNode[]>;
}

export function programOf(whole: Graph): Program {
  const graph = eliminateDeadCode(whole);
  const handedOut = new Set(Object.values(graph.outputs).map((value) => value.node));
  const lastReader = new Map<GraphNode, GraphNode>();
  for (const node of graph.nodes) {
    lastReader.set(node, node);
    for (const input of node.inputs) lastReader.set(input.node, node);
  }
  const releasedAfter = new Map<GraphNode, GraphNode[]>(graph.nodes.map((node) => [node, []]));
  for (const [node, reader] of lastReader) if (!handedOut.has(node)) releasedAfter.get(reader)!.push(node);
  return { graph, used: usedOutputs(graph), releasedAfter };
}

/**
 * Runs a program at once, effects included, and gives its outputs as tensors that the caller must dispose. Nothing
 * else is left behind, also where an operation throws.
 */
export function runProgram(
  { graph, used, releasedAfter }: Program,
  parameters: ReadonlyMap<string, Parameter>,
  feeds: Feeds,
): Record<string, Tensor> {
  const run = new Run(parameters, feeds);
  try {
    for (const node of graph.nodes) {
      const { evaluate } = entryOf(node);
      run.set(
        node,
        tidy(() => evaluate(node, run, used.get(node)!) as Tensor[]),
      );
      for (const done of releasedAfter.get(node)!) run.release(done);
    }
    // Copies share their data with the original, which may be a parameter that the next run replaces.
    return Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, clone(run.tensor(value))]));
  } finally {
    run.dispose();
  }
}
