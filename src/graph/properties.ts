import type { Demand, OpDefinition } from './definition.ts';
import { operations } from './operations.ts';
import { elementCount, type GraphNode, type OpName, type Value } from './types.ts';

/** What the operation of a node says of itself. */
const definitionOf = ({ op }: Pick<GraphNode, 'op'>): OpDefinition<OpName> => operations[op] as OpDefinition<OpName>;

/** The inputs that a node writes in place. */
export const writtenInputs = (node: Pick<GraphNode, 'op' | 'inputs'>): readonly Value[] =>
  definitionOf(node).writes?.(node.inputs) ?? [];

/** A test for the operations that say `property`. A plan asks a hundred thousand times, so they are looked up once. */
function whether(property: keyof OpDefinition<OpName>): (node: Pick<GraphNode, 'op'>) => boolean {
  const names = new Set<OpName>();
  for (const [name, definition] of Object.entries(operations)) if (property in definition) names.add(name as OpName);
  return ({ op }) => names.has(op);
}

/** Whether a node must stay even if nobody reads its outputs. */
export const isEffect = whether('writes');

export const isLoss = whether('isLoss');

/** Whether to compute a node again in the backward part rather than keep it. */
export const isCheap = whether('isCheap');

export const sharesStorage = whether('sharesStorage');

/** Whether a value can be written straight into a gradient sum where it is made. */
export const canAccumulate = ({ node, index }: Value): boolean =>
  definitionOf(node).accumulates?.includes(index) === true;

/** The value whose storage this one shares. */
export function rootOf(value: Value): Value {
  let root = value;
  while (sharesStorage(root.node)) root = root.node.inputs[0]!;
  return root;
}

/** FLOPs of the products of a node, a multiply-add counted twice. */
export function productFlopsOf(node: GraphNode, demand: Demand): number {
  const { flops } = definitionOf(node);
  return typeof flops === 'function' ? flops(node, demand) : 0;
}

/** The same, and one for each number that a node without products gives or writes. */
export function flopsOf(node: GraphNode, demand: Demand): number {
  if (definitionOf(node).flops !== 'elementwise') return productFlopsOf(node, demand);
  return [...node.outputs, ...writtenInputs(node)].reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
