import { useEffect } from 'react';
import { useStudio } from '../context.tsx';
import { isComputing } from '../store.ts';

/**
 * While a run computes, a result is sent or rows are made, closing the tab asks first and the screen stays awake. Where
 * nothing is kept, closing asks as long as there is a run; of made rows, as long as they are in no table.
 */
export function useLeaveGuard(): void {
  const busy = useStudio(
    ({ run, publication, made }) => isComputing(run) || publication.sending || made.making !== null,
  );
  const losing = useStudio(
    ({ keepsNothing, runs, made }) => (keepsNothing && (runs.value?.length ?? 0) > 0) || made.drafts.length > 0,
  );
  const asks = busy || losing;
  useEffect(() => (busy ? keepAwake() : undefined), [busy]);
  useEffect(() => {
    if (!asks) return;
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', onLeave);
    return () => window.removeEventListener('beforeunload', onLeave);
  }, [asks]);
}

/** Holds a wake lock, taken anew each time the page comes back into view; returns what gives it up. */
function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const take = async () => {
    if (over || document.visibilityState !== 'visible') return;
    // Refused on low battery, or where the browser has none: training goes on all the same.
    lock = await navigator.wakeLock?.request('screen').catch(() => null);
    if (over) void lock?.release();
  };
  void take();
  document.addEventListener('visibilitychange', take);
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', take);
    void lock?.release();
  };
}
