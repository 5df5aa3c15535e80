import { describe, expect, it, vi } from 'vitest';
import { sharedLocks } from '../../testing/shared-locks.ts';
import { RunLocks } from './run-locks.ts';

const elsewhere = { code: 'run-elsewhere' };

describe('a run that one tab writes into', () => {
  it('is refused to another, and listed there as trained elsewhere, until it is let go of', async () => {
    const { locks } = sharedLocks().ofTab();
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
    const { locks } = sharedLocks().ofTab();
    const [first, second] = [new RunLocks(() => {}, locks, null), new RunLocks(() => {}, locks, null)];
    await first.take('a');
    await first.during('a', async () => {});
    await expect(second.take('a')).rejects.toMatchObject(elsewhere);
    await first.during('b', async () => expect(second.take('b')).rejects.toMatchObject(elsewhere));
    await second.take('b');
  });

  it('stays held while one here still needs it, though another one here lets it go', async () => {
    const { locks } = sharedLocks().ofTab();
    const [first, second] = [new RunLocks(() => {}, locks, null), new RunLocks(() => {}, locks, null)];
    // It begins to train while it is renamed, and is deleted while it ends.
    await first.during('a', () => first.take('a'));
    await expect(second.take('a')).rejects.toMatchObject(elsewhere);
    await first.during('a', async () => {
      first.release('a');
      await expect(second.take('a')).rejects.toMatchObject(elsewhere);
    });
    await second.take('a');
  });

  it('is not asked about where the browser has no locks', async () => {
    const alone = new RunLocks(() => {}, undefined, null);
    await alone.take('a');
    expect((await alone.elsewhere()).size).toBe(0);
    alone.release('a');
  });
});
