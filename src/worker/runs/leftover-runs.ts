import { type Directory, subdirectory } from '../../files/directory.ts';
import { leftoversIn, lockFile, notARun, removeLeftovers } from '../../files/leftovers.ts';
import { newRunId } from './run-store.ts';

/** Keeps a run from every other tab while it is changed (`RunLocks`). */
interface Lock {
  during<T>(id: string, change: () => Promise<T>): Promise<T>;
}

/**
 * Removes what tabs that crashed left among the runs: unfinished files, folders that never became a run, and what is left
 * of one that was being taken in or deleted. What a tab writes to now is its own.
 */
export async function removeLeftoverRuns(runs: Directory, locks: Lock, isOwn: (id: string) => boolean): Promise<void> {
  for (const { name: id, kind } of await runs.list('')) {
    const run = subdirectory(runs, id);
    if (kind !== 'folder' || isOwn(id) || (await run.exists(lockFile))) continue;
    const isGhost = async () =>
      idForm.test(id) && ((await run.exists(notARun)) || (!(await run.exists('run.json')) && (await isOfStart(run))));
    if (!(await isGhost()) && (await leftoversIn(run)).length === 0) continue;
    const remove = async () => ((await isGhost()) ? runs.remove(id) : removeLeftovers(run));
    // Another tab has it, or the folder may only be read: it stays as it is.
    await locks.during(id, remove).catch(() => {});
  }
}

/** Of `newRunId`: in a folder that the visitor picked there may be others. */
const idForm = new RegExp(`^${newRunId().replace(/[\da-f]/g, '[\\da-f]')}$`);

/** Whether a folder holds nothing but what is written before a run is one. */
async function isOfStart(run: Directory): Promise<boolean> {
  const known = /^(origin|base|state|info|run|identity)\.json|^(table|validation)(-\d+)?($|\.)|^start$/;
  return (await run.list('')).every(({ name }) => known.test(name));
}
