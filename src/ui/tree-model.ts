import type { ParameterRow, ParameterState } from '../worker/protocol.ts';
import { canCarryLora } from './ticks.ts';

/** A row of the parameter tree: a group of names that share a path, or one parameter. */
export interface TreeNode {
  readonly id: string;
  readonly label: string;
  readonly children: readonly string[];
  /** Indices into the model's parameters, in order. */
  readonly parameters: readonly number[];
  /** Those that can carry LoRA. */
  readonly loraParameters: readonly number[];
  readonly size: number;
}

export type Tree = ReadonlyMap<string, TreeNode>;
export const rootId = '';

/**
 * Groups parameter names by path. A group with a single child is joined with it (`q_proj.weight`), so no level is there
 * for nothing.
 */
export function buildTree(parameters: readonly ParameterRow[]): Tree {
  const root = draftOf(rootId, '');
  parameters.forEach(({ name }, index) => {
    let group = root;
    group.parameters.push(index);
    const parts = name.split('.');
    parts.forEach((part, depth) => {
      const id = parts.slice(0, depth + 1).join('.');
      const child = group.children.get(part) ?? draftOf(id, part);
      group.children.set(part, child);
      child.parameters.push(index);
      group = child;
    });
  });
  const tree = new Map<string, TreeNode>();
  finish(root, parameters, tree);
  return tree;
}

interface Draft {
  readonly id: string;
  readonly label: string;
  readonly children: Map<string, Draft>;
  readonly parameters: number[];
}

const draftOf = (id: string, label: string): Draft => ({ id, label, children: new Map(), parameters: [] });

function finish(draft: Draft, parameters: readonly ParameterRow[], tree: Map<string, TreeNode>): string {
  const [single] = draft.children.values();
  if (single && draft.children.size === 1 && draft.id !== rootId) {
    return finish({ ...single, label: `${draft.label}.${single.label}` }, parameters, tree);
  }
  const children = [...draft.children.values()].map((child) => finish(child, parameters, tree));
  tree.set(draft.id, {
    id: draft.id,
    label: draft.label,
    children,
    parameters: draft.parameters,
    loraParameters: draft.parameters.filter((index) => canCarryLora(parameters[index]!)),
    size: draft.parameters.reduce((sum, index) => sum + parameters[index]!.size, 0),
  });
  return draft.id;
}

/** Groups on the way to any of the names, for showing matches only; and the ids that stay. */
export function visibleIds(tree: Tree, parameters: readonly ParameterRow[], names: ReadonlySet<string>): Set<string> {
  const visible = new Set<string>();
  for (const node of tree.values()) {
    if (node.parameters.some((index) => names.has(parameters[index]!.name))) visible.add(node.id);
  }
  return visible;
}

export type Tick = 'on' | 'off' | 'some';

/** The three-state box of a row: all, none or some of its parameters are in `state`. */
export function tickOf(indices: readonly number[], states: readonly ParameterState[], state: ParameterState): Tick {
  let count = 0;
  for (const index of indices) if (states[index] === state) count++;
  if (count === 0) return 'off';
  return count === indices.length ? 'on' : 'some';
}

/** The factor on the learning rate that all learned parameters of a row share; null where none is learned, or they differ. */
export function rateOf(node: TreeNode, states: readonly ParameterState[], rates: readonly number[]): number | null {
  const learned = node.parameters.filter((index) => (states[index] ?? 'frozen') !== 'frozen');
  const first = rates[learned[0] ?? -1];
  return first !== undefined && learned.every((index) => rates[index] === first) ? first : null;
}

/** The state in words for a row: one state, or mixed. */
export function stateOf(node: TreeNode, states: readonly ParameterState[]): ParameterState | 'mixed' {
  const first = states[node.parameters[0] ?? 0] ?? 'frozen';
  return node.parameters.every((index) => (states[index] ?? 'frozen') === first) ? first : 'mixed';
}
