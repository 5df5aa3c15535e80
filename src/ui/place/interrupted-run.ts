import type { RunSummary } from '../../worker/protocol.ts';
import { isGoingOn, type Studio } from '../store.ts';

/** The newest run that was under way when its page went; null while this page trains. */
export function interruptedRun({ runs, run, starting }: Studio): RunSummary | null {
  if (isGoingOn(run) || starting) return null;
  return runs.value?.find(({ interrupted }) => interrupted) ?? null;
}
