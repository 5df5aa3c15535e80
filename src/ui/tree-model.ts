import type { ParameterRow, ParameterState } from '../worker/protocol.ts';
import { isAdaptable } from './ticks.ts';

/** A row of the parameter tree: a group of names that share a path, or one parameter. */
export interface TreeNode {
  readonly id: string;
  readonly label: string;
  readonly children: readonly string[];
  /** Indices into the model's parameters, in order. */
  readonly parameters: readonly number[];
  /** Those that can carry an adapter. */
  readonly adaptable: readonly number[];
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
    for (let start = 0, end = 0; end < name.length; start = end + 1) {
      const dot = name.indexOf('.', start);
      end = dot < 0 ? name.length : dot;
      const part = name.slice(start, end);
      let child = group.children?.get(part);
      if (!child) {
        child = draftOf(name.slice(0, end), part);
        group.children ??= new Map();
        group.children.set(part, child);
      }
      child.parameters.push(index);
      group = child;
    }
  });
  const tree = new Map<string, TreeNode>();
  finish(root, root.label, parameters, parameters.map(isAdaptable), tree);
  return tree;
}

const trees = new WeakMap<readonly ParameterRow[], Tree>();

/** The tree of these very rows, made once. */
export function treeOf(parameters: readonly ParameterRow[]): Tree {
  const tree = trees.get(parameters) ?? buildTree(parameters);
  trees.set(parameters, tree);
  return tree;
}

interface Draft {
  readonly id: string;
  readonly label: string;
  /** Absent of a parameter: a model has ten thousand of them. */
  children?: Map<string, Draft>;
  readonly parameters: number[];
}

const draftOf = (id: string, label: string): Draft => ({ id, label, parameters: [] });

function finish(
  draft: Draft,
  label: string,
  parameters: readonly ParameterRow[],
  adaptable: readonly boolean[],
  tree: Map<string, TreeNode>,
): string {
  const drafts = [...(draft.children?.values() ?? [])];
  const [single] = drafts;
  if (single && drafts.length === 1 && draft.id !== rootId)
    return finish(single, `${label}.${single.label}`, parameters, adaptable, tree);
  const children = drafts.map((child) => finish(child, child.label, parameters, adaptable, tree));
  tree.set(draft.id, {
    id: draft.id,
    label,
    children,
    parameters: draft.parameters,
    adaptable: draft.parameters.filter((index) => adaptable[index]),
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
