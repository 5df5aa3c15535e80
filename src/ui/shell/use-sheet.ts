import { type RefObject, useEffect, useRef, useState } from 'react';
import { useStudio } from '../context.tsx';

interface Sheet {
  readonly open: boolean;
  readonly toggle: () => void;
  /** The button that opens it; Escape gives it the focus back. */
  readonly opener: RefObject<HTMLButtonElement | null>;
}

/** A sheet over the step: it closes on Escape, and where another step is shown. */
export function useSheet(): Sheet {
  const step = useStudio((state) => state.step);
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step is shown
  useEffect(() => setOpen(false), [step]);
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => {
      // A dialog above it, or a field that takes its change back, has had the key.
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role="dialog"]')) return;
      setOpen(false);
      if (opener.current?.checkVisibility()) opener.current.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [open]);
  return { open, opener, toggle: () => setOpen(!open) };
}
