import type { Graph, GraphNode, NodeOf, OpName, Value } from '../types.ts';
import * as attention from './attention.ts';
import * as causalConvolution from './causal-convolution.ts';
import * as convolution from './convolution.ts';
import * as deltaGates from './delta-gates.ts';
import * as divergence from './divergence.ts';
import * as elementwise from './elementwise.ts';
import * as experts from './experts.ts';
import * as gatedDeltaRule from './gated-delta-rule.ts';
import * as magnitude from './magnitude.ts';
import * as matmul from './matmul.ts';
import * as normalization from './normalization.ts';
import * as prediction from './prediction.ts';
import * as relative from './relative.ts';
import * as shape from './shape.ts';
import * as sources from './sources.ts';
import * as state from './state.ts';
import * as streams from './streams.ts';
import * as tokens from './tokens.ts';

/** What a program is run on. bf16 and f16 parameters come as already widened numbers; effects write the map in place. */
export interface ReferenceData {
  readonly parameters: Map<string, Float64Array>;
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>;
}

/** The outputs of a node from its inputs, in float64 by the plainest formula: clarity over speed. */
export type Reference<O extends OpName> = (
  node: NodeOf<O>,
  inputs: readonly Float64Array[],
  data: ReferenceData,
) => Float64Array[];

/** Every operation there is. A missing one is a compile error. */
export const references: { readonly [O in OpName]: Reference<O> } = {
  ...sources,
  ...matmul,
  ...magnitude,
  ...elementwise,
  ...shape,
  ...normalization,
  ...convolution,
  ...causalConvolution,
  ...deltaGates,
  ...gatedDeltaRule,
  ...experts,
  ...streams,
  ...attention,
  ...relative,
  ...tokens,
  ...divergence,
  ...prediction,
  ...state,
};

/**
 * Runs a program in float64: the oracle that executors and gradient rules are tested against. Outputs are copies.
 * @throws Error where a parameter or an input of the program is absent or of the wrong length.
 */
export function interpret(graph: Graph, data: ReferenceData): { outputs: Record<string, Float64Array> } {
  const values = new Map<GraphNode, Float64Array[]>();
  const resolve = ({ node, index }: Value): Float64Array => {
    const value = values.get(node)?.[index];
    if (value === undefined) throw new Error(`the program reads ${node.op} #${node.id} before it is computed`);
    return value;
  };
  for (const node of graph.nodes) {
    const reference = references[node.op] as Reference<OpName>;
    values.set(node, reference(node, node.inputs.map(resolve), data));
  }
  return {
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, resolve(value).slice()])),
  };
}
