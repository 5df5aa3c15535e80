// biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, its cells need none
// biome-ignore-all lint/a11y/useSemanticElements: a virtualised tree grid cannot be a table; its roles say what it is
import type { ItemInstance } from '@headless-tree/core';
import type { CSSProperties, KeyboardEvent } from 'react';
import type { ParameterRow, ParameterState } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import type { Moved } from '../../inside.ts';
import { rateOf, stateOf, type Tick, type TreeNode, tickOf } from '../../tree-model.ts';
import { useFormat } from '../../use-format.ts';
import styles from './layers.module.css';

interface Props {
  readonly item: ItemInstance<TreeNode>;
  readonly parameters: readonly ParameterRow[];
  readonly states: readonly ParameterState[];
  readonly rates: readonly number[];
  /** What was measured of a row's parameters; null where nothing was. */
  readonly movedOf: ((indices: readonly number[]) => Moved | null) | null;
  readonly onTick: (state: 'train' | 'adapter', range: boolean) => void;
  readonly style: CSSProperties;
  readonly rowIndex: number;
}

const indent = 14;

export function TreeRow({ item, parameters, states, rates, movedOf, onTick, style, rowIndex }: Props) {
  const words = useWords();
  const format = useFormat();
  const node = item.getItemData();
  const leaf = node.children.length === 0;
  const state = stateOf(node, states);
  const adapter = useStudio(({ tuning }) => tuning.value?.adapter);
  const rate = rateOf(node, states, rates);
  const stateWord = (state === 'adapter' && adapter) || words.layers.states[state];
  const { onClick, ...props } = item.getProps();
  const onKeyDown = (event: KeyboardEvent) => {
    const key = event.key.toLowerCase();
    if ((key !== 't' && key !== 'l') || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onTick(key === 't' ? 'train' : 'adapter', event.shiftKey);
  };
  return (
    <div
      {...props}
      role="row"
      aria-label={`${node.id}, ${stateWord}`}
      aria-rowindex={rowIndex}
      onClick={onClick}
      onKeyDown={onKeyDown}
      className={styles.row}
      data-state={state}
      style={style}
    >
      <span role="gridcell" className={styles.name} style={{ paddingLeft: item.getItemMeta().level * indent }}>
        <span className={styles.twist} aria-hidden="true">
          {leaf ? '' : item.isExpanded() ? '▼' : '▶'}
        </span>
        <span title={node.id}>{node.label}</span>
      </span>
      <span role="gridcell" className={styles.shape}>
        {leaf ? parameters[node.parameters[0]!]!.shape.join(' × ') : ''}
      </span>
      <span role="gridcell" className={styles.count}>
        {format.short(node.size)}
      </span>
      {movedOf && <MovedCell name={node.id} moved={movedOf(node.parameters)} />}
      <Box
        label={words.layers.trainOf(node.id)}
        tick={tickOf(node.parameters, states, 'train')}
        onTick={(range) => onTick('train', range)}
      />
      {node.adaptable.length > 0 ? (
        <Box
          label={words.layers.loraOf(node.id)}
          tick={tickOf(node.adaptable, states, 'adapter')}
          onTick={(range) => onTick('adapter', range)}
        />
      ) : (
        <span role="gridcell" />
      )}
      <span role="gridcell" className={styles.state} data-state={state}>
        {stateWord}
        {rate !== null && rate !== 1 && (
          <span className={styles.rate} title={words.layers.rate}>
            ×{format.value(rate)}
          </span>
        )}
      </span>
    </div>
  );
}

/** Two bars: how far the row has moved, in a scale of powers of ten, and its share of the gradient. */
function MovedCell({ name, moved }: { name: string; moved: Moved | null }) {
  const words = useWords();
  const format = useFormat();
  if (!moved) return <span role="gridcell" />;
  const text = words.inside.changeOf(name, format.percent(moved.change), format.percent(moved.share));
  return (
    <span role="gridcell" className={styles.moved} title={text}>
      <span className="hidden-visually">{text}</span>
      <span className={styles.movedBar} data-of="change" style={{ width: `${100 * changeLength(moved.change)}%` }} />
      <span className={styles.movedBar} data-of="gradient" style={{ width: `${100 * (moved.share ?? 0)}%` }} />
    </span>
  );
}

/** From a hundred thousandth of a weight, which is nothing, to all of it. */
const changeLength = (change: number | null): number =>
  change === null ? 0 : Math.min(1, Math.max(0, 1 + Math.log10(Math.max(change, 1e-9)) / 5));

/** A three-state box. The row has the keyboard focus; T and L tick there. */
function Box({ label, tick, onTick }: { label: string; tick: Tick; onTick: (range: boolean) => void }) {
  return (
    <span role="gridcell" className={styles.box}>
      <input
        type="checkbox"
        className="tick"
        tabIndex={-1}
        aria-label={label}
        checked={tick === 'on'}
        ref={(element) => {
          if (element) element.indeterminate = tick === 'some';
        }}
        onMouseDown={(event) => event.preventDefault()}
        onClick={(event) => {
          event.stopPropagation();
          onTick(event.shiftKey);
        }}
        onChange={() => {}}
      />
    </span>
  );
}
