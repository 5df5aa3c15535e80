import { describe, expect, it, vi } from 'vitest';
import { type Locks, RunLocks } from './run-locks.ts';

/** Locks as the browser has them, for tabs that share this object: exclusive ones first come, shared ones wait. */
function sharedLocks(): Locks {
  const held = new Map<string, Promise<unknown>>();
  const request = async (name: string, options: LockOptions, granted: (lock: Lock | null) => unknown) => {
    if (options.ifAvailable && held.has(name)) return granted(null);
    while (held.has(name)) await held.get(name);
    const until = Promise.resolve(granted({ name, mode: options.mode ?? 'exclusive' }));
    held.set(
      name,
      until.finally(() => held.delete(name)),
    );
    return until;
  };
  const query = async () => ({ held: [...held.keys()].map((name) => ({ name })), pending: [] });
  return { request, query } as unknown as Locks;
}

const elsewhere = { code: 'run-elsewhere' };

describe('a run that one tab writes into', () => {
  it('is refused to another, and listed there as trained elsewhere, until it is let go of', async () => {
    const locks = sharedLocks();
    const changed = vi.fn();
    const [first, second] = [new RunLocks(() => {}, locks, null), new RunLocks(changed, locks, null)];
    await first.take('a');
    await expect(second.take('a')).rejects.toMatchObject(elsewhere);
    await expect(second.during('a', async () => {})).rejects.toMatchObject(elsewhere);
    expect([...(await second.elsewhere())]).toEqual(['a']);
    expect([...(await first.elsewhere())]).toEqual([]);
    expect(changed).not.toHaveBeenCalled();
    first.release('a');
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    await second.take('a');
    await expect(first.take('a')).rejects.toMatchObject(elsewhere);
  });

  it('stays held while its own tab renames it, and is free after another one was changed', async () => {
    const locks = sharedLocks();
    const [first, second] = [new RunLocks(() => {}, locks, null), new RunLocks(() => {}, locks, null)];
    await first.take('a');
    await first.during('a', async () => {});
    await expect(second.take('a')).rejects.toMatchObject(elsewhere);
    await first.during('b', async () => expect(second.take('b')).rejects.toMatchObject(elsewhere));
    await second.take('b');
  });

  it('is not asked about where the browser has no locks', async () => {
    const alone = new RunLocks(() => {}, undefined, null);
    await alone.take('a');
    expect((await alone.elsewhere()).size).toBe(0);
    alone.release('a');
  });
});
