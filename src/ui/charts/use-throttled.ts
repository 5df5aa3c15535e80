import { startTransition, useEffect, useRef, useState } from 'react';

let turns: Promise<void> = Promise.resolve();

/** Where nothing is drawn, as in a tab out of sight, the next one has its turn all the same. */
const longest = 1000;

/** Until what was drawn is drawn whole: Recharts goes over its axes again in the frame after, of all charts in one task. */
const frameAfter = () =>
  Promise.race([
    new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done))),
    new Promise<void>((done) => setTimeout(done, longest)),
  ]);

/**
 * The newest `value`, renewed at most every `interval` milliseconds; the last one always arrives. Of all that are renewed
 * each has its turn, in slices and in a frame of its own, so that no two charts make one long task.
 */
export function useThrottled<T>(value: T, interval: number): T {
  const [shown, setShown] = useState(value);
  const changed = useRef(performance.now());
  const newest = useRef(value);
  const isQueued = useRef(false);
  const drawn = useRef(() => {});
  const before = useRef(value);
  useEffect(() => {
    newest.current = value;
    if (isQueued.current || Object.is(before.current, value)) return;
    const renew = async () => {
      isQueued.current = false;
      changed.current = performance.now();
      const next = newest.current;
      if (Object.is(before.current, next)) return;
      before.current = next;
      await Promise.race([
        new Promise<void>((done) => {
          drawn.current = done;
          startTransition(() => setShown(() => next));
        }),
        new Promise<void>((done) => setTimeout(done, longest)),
      ]);
      await frameAfter();
    };
    const wait = Math.max(0, changed.current + interval - performance.now());
    const timer = setTimeout(() => {
      isQueued.current = true;
      turns = turns.then(renew);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, interval]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it tells that `shown` was drawn
  useEffect(() => drawn.current(), [shown]);
  return shown;
}

/** The newest `value`, in a turn of its own: handed on from chart to chart, no two are drawn in one task. */
export const useLater = <T>(value: T): T => useThrottled(value, 0);

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
