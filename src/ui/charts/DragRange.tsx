import { type PointerEvent, type ReactNode, useRef, useState } from 'react';
import styles from './charts.module.css';
import type { StepRange } from './marks.ts';

interface Props {
  /** Of the chart, and what its axes take of it on either side, in CSS pixels. */
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly range: StepRange;
  readonly onChange: ((range: StepRange) => void) | undefined;
  /** The chart. */
  readonly children: ReactNode;
}

/** A drag over less than this is a click. */
const shortest = 6;

/**
 * A range of steps is dragged with a mouse or a pen; a finger scrolls the page there, and has the range control, as the
 * keyboard has. The chart is not drawn again while it is dragged.
 */
export function DragRange({ width, left, right, range, onChange, children }: Props) {
  const start = useRef<number | null>(null);
  const [dragged, setDragged] = useState<readonly [number, number] | null>(null);
  const placeOf = (event: PointerEvent) =>
    Math.min(width - right, Math.max(left, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const stepAt = (place: number) =>
    Math.round(range.from + ((place - left) / (width - left - right)) * (range.to - range.from));
  const end = () => {
    if (dragged && dragged[1] - dragged[0] >= shortest) {
      const [from, to] = [stepAt(dragged[0]), stepAt(dragged[1])];
      if (to > from) onChange?.({ from, to });
    }
    start.current = null;
    setDragged(null);
  };
  return (
    <div
      className={styles.drag}
      onPointerDown={(event) => {
        if (!onChange || event.pointerType === 'touch' || event.button !== 0) return;
        start.current = placeOf(event);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (start.current === null) return;
        const place = placeOf(event);
        setDragged([Math.min(start.current, place), Math.max(start.current, place)]);
      }}
      onPointerUp={end}
      onPointerCancel={() => {
        start.current = null;
        setDragged(null);
      }}
    >
      {children}
      {dragged && <span style={{ left: dragged[0], width: dragged[1] - dragged[0] }} />}
    </div>
  );
}
