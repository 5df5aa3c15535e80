import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Files in which a process leaves its id, to say that something is its own for now. */

/** Those of this process: an id of its own in another file is that of one before it, as where a container starts anew. */
const own = new Set<string>();

/** Whether the file is this process's now: of all who try at once one makes it. */
export function mark(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
  own.add(path);
  return true;
}

export function unmark(path: string): void {
  own.delete(path);
  rmSync(path, { force: true });
}

/** The process that a file names; null where there is none, or nothing was written yet. */
export function holderOf(path: string): number | null {
  try {
    const id = Number(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(id) && id > 0 ? id : null;
  } catch {
    return null;
  }
}

/** Whether the process that a file names is still there. */
export function isHeld(path: string, holder: number): boolean {
  if (holder === process.pid) return own.has(path);
  try {
    return process.kill(holder, 0);
  } catch (thrown) {
    // It lives and is another user's.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
