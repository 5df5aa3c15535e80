import { useEffect, useRef } from 'react';
import type { StepName } from '../store.ts';

/** Another step begins at its top, and has the focus where that was in the step before or in the sheet over it. */
export function useStepBegin(step: StepName) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    scrollTo(0, 0);
    if (!document.activeElement?.closest('header, nav')) main.current?.focus({ preventScroll: true });
  }, [step]);
  return main;
}
