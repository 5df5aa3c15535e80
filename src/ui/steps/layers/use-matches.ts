import { useEffect, useRef, useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { useCommands } from '../../context.tsx';
import { type Rule, selectorOf } from './rule.ts';

const pause = 120;

interface Matches {
  readonly names: ReadonlySet<string> | null;
  readonly error: AppError | null;
}

/** The names that a rule picks, asked for a moment after the last keystroke; null while there is no rule. */
export function useMatches(rule: Rule, onChange: (names: ReadonlySet<string> | null) => void): Matches {
  const { select } = useCommands();
  const [matches, setMatches] = useState<Matches>({ names: null, error: null });
  const told = useRef(onChange);
  told.current = onChange;
  useEffect(() => {
    let stale = false;
    const show = (next: Matches) => {
      if (stale) return;
      setMatches(next);
      told.current(next.names);
    };
    const timer = setTimeout(async () => {
      const selector = selectorOf(rule);
      if (selector === null) return show({ names: null, error: null });
      try {
        show({ names: new Set(await select(selector)), error: null });
      } catch (thrown) {
        show({ names: null, error: toAppError(thrown) });
      }
    }, pause);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [rule, select]);
  return matches;
}
