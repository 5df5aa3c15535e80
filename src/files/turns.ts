/**
 * Lets one at a time through, of all who name the same thing. `waits` is called where another is before.
 * @throws the reason of the signal, while it waits; what `task` throws
 */
export type Turn = <T>(name: string, task: () => Promise<T>, waits: () => void, signal?: AbortSignal) => Promise<T>;

export const atOnce: Turn = (_, task) => task();

/** Of all tabs of this page (Web Locks, which go with a tab that is closed). Where the browser has none, all at once. */
export function turnsOfTabs(locks: Pick<LockManager, 'request'> | undefined = globalThis.navigator?.locks): Turn {
  if (!locks) return atOnce;
  return async (name, task, waits, signal) => {
    const first = await locks.request(name, { ifAvailable: true }, async (lock) => lock && { value: await task() });
    if (first) return first.value;
    waits();
    return locks.request(name, signal ? { signal } : {}, task);
  };
}
