import { startTransition, useEffect, useRef, useState } from 'react';

/**
 * The newest `value`, renewed at most every `interval` milliseconds; the last one always arrives. What it is drawn into
 * is drawn in slices, so that no long task holds up the page.
 */
export function useThrottled<T>(value: T, interval: number): T {
  const [shown, setShown] = useState(value);
  const changed = useRef(performance.now());
  useEffect(() => {
    const wait = Math.max(0, changed.current + interval - performance.now());
    const timer = setTimeout(() => {
      changed.current = performance.now();
      startTransition(() => setShown(value));
    }, wait);
    return () => clearTimeout(timer);
  }, [value, interval]);
  return shown;
}

/**
 * The newest `value`, in a task of its own after what has it already was drawn: handed on from chart to chart, no two
 * are drawn in one task.
 */
export function useLater<T>(value: T): T {
  const [shown, setShown] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => setShown(() => value)));
    return () => clearTimeout(timer);
  }, [value]);
  return shown;
}

let turns: Promise<void> = Promise.resolve();

/**
 * A width, 0 until its turn comes, and a stage from 1 to `stages`: of all that ask for one, each is drawn stage by stage,
 * each in a task of its own, once the one before it was drawn. A width that changes later is drawn in one.
 */
export function useInTurn(width: number, stages: number): { readonly width: number; readonly stage: number } {
  const [shown, setShown] = useState({ width: 0, stage: 0 });
  const reached = useRef(0);
  const awaited = useRef(0);
  const drawn = useRef(() => {});
  useEffect(() => {
    if (width === 0) return;
    let over = false;
    const draw = (stage: number) =>
      new Promise<void>((resolve) => {
        awaited.current = stage;
        drawn.current = resolve;
        setTimeout(() => startTransition(() => setShown({ width, stage })));
      });
    turns = turns.then(async () => {
      for (let stage = Math.min(stages, reached.current + 1); stage <= stages && !over; stage++) await draw(stage);
    });
    return () => {
      over = true;
      drawn.current();
    };
  }, [width, stages]);
  useEffect(() => {
    if (width === 0 || shown.width !== width || shown.stage !== awaited.current) return;
    reached.current = shown.stage;
    drawn.current();
  });
  return shown;
}
