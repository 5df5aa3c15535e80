/** For tests: Web Locks as several tabs of one browser have them. */
import type { Locks } from '../worker/runs/run-locks.ts';

export interface TabLocks {
  readonly locks: Locks;
  /** The tab goes, and with it what it held and waited for. */
  close(): void;
}

/** Exclusive locks first come, shared ones wait. */
export function sharedLocks(): { ofTab(): TabLocks } {
  const held = new Map<string, Promise<unknown>>();
  const ofTab = (): TabLocks => {
    let close = () => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const request = async (name: string, options: LockOptions, granted: (lock: Lock | null) => unknown) => {
      if (options.ifAvailable && held.has(name)) return granted(null);
      while (held.has(name)) await held.get(name);
      const until = Promise.resolve(granted({ name, mode: options.mode ?? 'exclusive' }));
      const free = () => {
        if (held.get(name) === mine) held.delete(name);
      };
      const mine = Promise.race([until.finally(free), closed.then(free)]);
      held.set(name, mine);
      return until;
    };
    const query = async () => ({ held: [...held.keys()].map((name) => ({ name })), pending: [] });
    return { locks: { request, query } as unknown as Locks, close };
  };
  return { ofTab };
}
