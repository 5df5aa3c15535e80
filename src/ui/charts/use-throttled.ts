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
 * A width, 0 until its turn comes: of all that ask for one, each is drawn in a task of its own, once the one before it
 * was drawn.
 */
export function useInTurn(width: number): number {
  const [shown, setShown] = useState(0);
  const drawn = useRef(() => {});
  useEffect(() => {
    let over = false;
    turns = turns.then(
      () =>
        new Promise((resolve) => {
          if (over) return resolve();
          drawn.current = resolve;
          setTimeout(() => startTransition(() => setShown(width)));
        }),
    );
    return () => {
      over = true;
      drawn.current();
    };
  }, [width]);
  useEffect(() => {
    if (shown === width) drawn.current();
  });
  return shown;
}
