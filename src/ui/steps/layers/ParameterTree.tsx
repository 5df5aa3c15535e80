// biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, its cells need none
// biome-ignore-all lint/a11y/useSemanticElements: a virtualised tree grid cannot be a table; its roles say what it is

import { buildProxiedInstance, hotkeysCoreFeature, syncDataLoaderFeature } from '@headless-tree/core';
import { useTree } from '@headless-tree/react';
import { Button } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ModelSummary } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { movedInTree } from '../../inside.ts';
import { Icon } from '../../parts/Icon.tsx';
import { rootId, type Tree, type TreeNode, tickOf, visibleIds } from '../../tree-model.ts';
import { useFormat } from '../../use-format.ts';
import { LayerColumn } from './LayerColumn.tsx';
import styles from './layers.module.css';
import { TreeRow } from './TreeRow.tsx';

interface Props {
  readonly model: ModelSummary;
  readonly tree: Tree;
  /** Only these names are shown, with the groups that lead to them; null shows all. */
  readonly matches: ReadonlySet<string> | null;
}

const none: readonly never[] = [];
const rowHeight = () => (globalThis.matchMedia?.('(max-width: 560px)').matches ? 40 : 32);
/** Groups that begin open: down to the list of layers. */
const firstOpen = (tree: Tree) =>
  [...tree.values()].filter(({ id, children }) => children.length > 0 && id.split('.').length <= 2).map(({ id }) => id);
const allOpen = (tree: Tree) => [...tree.values()].filter(({ children }) => children.length > 0).map(({ id }) => id);

/** Every parameter by name, thousands of rows long: only those in view are drawn. */
export function ParameterTree({ model, tree, matches }: Props) {
  const words = useWords();
  const scroller = useRef<HTMLDivElement | null>(null);
  const states = useStudio((state) => state.tuning.value?.states ?? none);
  const rates = useStudio((state) => state.tuning.value?.rates ?? none);
  const measured = useMeasured(model);
  const [open, setOpen] = useState(() => firstOpen(tree));
  const visible = useMemo(() => (matches ? visibleIds(tree, model.parameters, matches) : null), [tree, model, matches]);
  const expandedItems = useMemo(() => (visible ? allOpen(tree) : open), [visible, tree, open]);
  const items = useTree<TreeNode>({
    rootItemId: rootId,
    getItemName: (item) => item.getItemData().id,
    isItemFolder: (item) => item.getItemData().children.length > 0,
    dataLoader: {
      getItem: (id) => tree.get(id)!,
      getChildren: (id) => (tree.get(id)?.children ?? []).filter((child) => visible === null || visible.has(child)),
    },
    state: { expandedItems },
    setExpandedItems: (next) => setOpen((before) => (typeof next === 'function' ? next(before) : next)),
    scrollToItem: (item) => virtual.scrollToIndex(item.getItemMeta().index),
    features: [syncDataLoaderFeature, hotkeysCoreFeature],
    // Ten thousand rows are made at once; this one makes what a row can do when it is asked for.
    instanceBuilder: buildProxiedInstance,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tree reads these through its loader
  useEffect(() => {
    items.rebuildTree();
  }, [visible, expandedItems, tree]);
  const rows = items.getItems();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: rowHeight,
    overscan: 4,
  });
  const tick = useTicking((index) => rows[index]?.getItemData(), model, states);
  const container = items.getContainerProps(words.layers.tree);
  return (
    <div className={styles.tree}>
      <TreeBar onExpand={() => setOpen(allOpen(tree))} onCollapse={() => setOpen(firstOpen(tree))} />
      <div className={styles.beside}>
        <LayerColumn model={model} />
        <div
          {...container}
          ref={(element: HTMLDivElement | null) => {
            scroller.current = element;
            container.ref(element);
          }}
          role="treegrid"
          aria-rowcount={rows.length + 1}
          className={styles.scroll}
          data-measured={measured !== null}
          data-testid="parameter-tree"
        >
          <HeadRow measured={measured !== null} />
          <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start, size }) => {
              const item = rows[index]!;
              return (
                <TreeRow
                  key={item.getKey()}
                  item={item}
                  parameters={model.parameters}
                  states={states}
                  rates={rates}
                  movedOf={measured?.movedOf ?? null}
                  onTick={(state, range) => tick(index, state, range)}
                  style={{ transform: `translateY(${start}px)`, height: size }}
                  rowIndex={index + 2}
                />
              );
            })}
          </div>
        </div>
      </div>
      {measured && (
        <div className={styles.keys} data-testid="tree-measured">
          {words.inside.inTree(measured.name)}
        </div>
      )}
      <div className={styles.keys}>{words.layers.keys}</div>
    </div>
  );
}

/** What was measured last of this model's weights: in the run that is looked at, else in the newest of this visit. */
function useMeasured(model: ModelSummary) {
  const words = useWords();
  const { look, name } = useStudio(({ viewed, run }) => {
    const shown = [viewed, run && { ...run.begun, inside: run.inside }].find(
      (each) => each?.model === model.name && each.inside.length > 0,
    );
    return { look: shown?.inside.at(-1) ?? null, name: shown?.name ?? '' };
  });
  return useMemo(
    () => look && { name: name || words.train.unnamed, movedOf: movedInTree(look, model.parameters) },
    [look, name, model, words],
  );
}

/** Ticking a row, or with `range` every row since the last one ticked. */
function useTicking(
  nodeAt: (index: number) => TreeNode | undefined,
  model: ModelSummary,
  states: readonly ('frozen' | 'train' | 'adapter')[],
) {
  const { tick } = useCommands();
  const last = useRef<{ index: number; on: boolean } | null>(null);
  return (index: number, state: 'train' | 'adapter', range: boolean) => {
    const indicesOf = (node: TreeNode) => (state === 'adapter' ? node.adaptable : node.parameters);
    const node = nodeAt(index);
    if (!node || indicesOf(node).length === 0) return;
    const from = range && last.current ? last.current.index : index;
    const on = range && last.current ? last.current.on : tickOf(indicesOf(node), states, state) !== 'on';
    last.current = { index, on };
    const chosen: number[] = [];
    for (let at = Math.min(from, index); at <= Math.max(from, index); at++) chosen.push(...indicesOf(nodeAt(at)!));
    const names = new Set(chosen.map((each) => model.parameters[each]!.name));
    tick({ names, state: on ? state : 'frozen' });
  };
}

function TreeBar({ onExpand, onCollapse }: { onExpand: () => void; onCollapse: () => void }) {
  const words = useWords();
  const format = useFormat();
  const { undo, redo } = useCommands();
  const { tuning, canUndo, canRedo } = useStudio((state) => ({
    tuning: state.tuning.value,
    canUndo: state.undo.length > 0,
    canRedo: state.redo.length > 0,
  }));
  const share = tuning ? tuning.trainedParameters / tuning.totalParameters : null;
  return (
    <div className={styles.bar}>
      <span className={styles.barNow} role="status" data-none={tuning?.trainedParameters === 0}>
        {words.layers.trainedNow(format.count(tuning?.trainedParameters), format.percent(share))}
      </span>
      {/* They keep their room: the tree stays where it is at the first tick. */}
      <Button
        leftSection={<Icon name="undo" />}
        size="compact-sm"
        variant="subtle"
        className={styles.barButton}
        data-shown={canUndo}
        onClick={undo}
      >
        {words.layers.undo}
      </Button>
      <Button
        leftSection={<Icon name="redo" />}
        size="compact-sm"
        variant="subtle"
        className={styles.barButton}
        data-shown={canRedo}
        onClick={redo}
      >
        {words.layers.redo}
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onExpand}>
        {words.layers.expandAll}
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onCollapse}>
        {words.layers.collapseAll}
      </Button>
    </div>
  );
}

function HeadRow({ measured }: { measured: boolean }) {
  const words = useWords();
  const adapter = useStudio(({ tuning: { value } }) => (value?.adapterModules.length ? value.adapter : null));
  return (
    <div role="rowgroup">
      <div role="row" className={styles.headRow} aria-rowindex={1}>
        <span role="columnheader">{words.layers.name}</span>
        <span role="columnheader" className={styles.shape}>
          {words.layers.shape}
        </span>
        <span role="columnheader" className={styles.count}>
          {words.layers.count}
        </span>
        {measured && (
          <span role="columnheader" className={styles.moved} title={words.inside.movedLead}>
            {words.inside.change}
          </span>
        )}
        <span role="columnheader" className={styles.box}>
          {words.layers.train}
        </span>
        <span role="columnheader" className={styles.box}>
          {adapter ?? words.layers.lora}
        </span>
        <span role="columnheader" className={styles.state}>
          {words.layers.state}
        </span>
      </div>
    </div>
  );
}
