import type { GraphBuilder } from './builder.ts';
import { type Gradients, type OpDefinition, ShapeError } from './definition.ts';
import { operations } from './operations.ts';
import type { GraphNode, OpName, Value } from './types.ts';

/** Every node that is one of `wrt` or is computed from one: only these carry gradients. */
function nodesBetween(loss: Value, wrt: readonly Value[]): { order: GraphNode[]; leadsToTrained: Set<GraphNode> } {
  const trained = new Set(wrt.map((value) => value.node));
  const leadsToTrained = new Set<GraphNode>();
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const stack: GraphNode[] = [loss.node];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    order.push(node);
    for (const input of node.inputs) stack.push(input.node);
  }
  order.sort((a, b) => a.id - b.id);
  for (const node of order)
    if (trained.has(node) || node.inputs.some((input) => leadsToTrained.has(input.node))) leadsToTrained.add(node);
  return { order, leadsToTrained };
}

/**
 * Adds to the builder the nodes that compute d loss / d value for each of `wrt`, by reverse accumulation, and returns
 * them in the same order. `loss` is a scalar. What leads to nothing in `wrt` gets no gradient node at all, so frozen
 * layers below the lowest trained one cost nothing. Contributions are summed in a fixed order.
 * @throws ShapeError where a value of `wrt` does not influence the loss, or an operation has no gradient rule.
 */
export function differentiate(builder: GraphBuilder, loss: Value, wrt: readonly Value[]): Value[] {
  const { order, leadsToTrained } = nodesBetween(loss, wrt);
  const gradients = new Map<GraphNode, (Value | undefined)[]>();

  const contribute = (target: Value, gradient: Value): void => {
    const slots = gradients.get(target.node) ?? [];
    const sum = slots[target.index];
    slots[target.index] = sum === undefined ? gradient : builder.add(sum, gradient);
    gradients.set(target.node, slots);
  };

  contribute(loss, builder.constant(1));
  for (const node of order.toReversed()) {
    const upstream = gradients.get(node);
    if (upstream === undefined || !leadsToTrained.has(node) || node.inputs.length === 0) continue;
    const needs = node.inputs.map((input) => leadsToTrained.has(input.node));
    const contributions = gradientsOf(builder, node, upstream, needs);
    node.inputs.forEach((input, index) => {
      const gradient = contributions[index];
      if (needs[index] && gradient !== undefined) contribute(input, gradient);
    });
  }

  return wrt.map((value) => {
    const gradient = gradients.get(value.node)?.[value.index];
    if (gradient === undefined) throw new ShapeError(`the loss does not depend on ${nameOf(value)}`);
    return gradient;
  });
}

function gradientsOf(
  builder: GraphBuilder,
  node: GraphNode,
  upstream: Gradients,
  needs: readonly boolean[],
): Gradients {
  const definition = operations[node.op] as OpDefinition<OpName>;
  if (definition.gradient === undefined) throw new ShapeError(`${node.op} has no gradient rule`);
  return builder.within(node.scope, () => definition.gradient!(builder, node, upstream, needs));
}

const nameOf = (value: Value): string =>
  value.node.op === 'parameter' ? value.node.attributes.name : `${value.node.op} #${value.node.id}`;
