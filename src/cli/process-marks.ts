import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Files in which a process leaves its id, to say that something is its own for now. */

/** Those of this process: an id of its own in another file is that of one before it, as where a container starts anew. */
const own = new Set<string>();

/** Whether the file is this process's now: of all who try at once one makes it, and it never lies there without its id. */
export function mark(path: string): boolean {
  const beside = `${path}.${process.pid}.unfinished`;
  writeFileSync(beside, `${process.pid}\n`);
  try {
    if (!linked(beside, path)) return false;
  } finally {
    rmSync(beside, { force: true });
  }
  own.add(path);
  return true;
}

/** Gives a file a second name, unless there is a file of that name. */
function linked(file: string, path: string): boolean {
  try {
    linkSync(file, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // Some disks know no second names.
    return made(path);
  }
}

function made(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

export function unmark(path: string): void {
  own.delete(path);
  rmSync(path, { force: true });
}

/** Milliseconds after which a file without an id is one whose process was killed before it wrote. */
const timeToWrite = 5000;

/**
 * Removes the file of a process that has ended. Of all who find it one removes it, and looks again first: the file may be
 * another's by now.
 * @returns whether it is gone
 */
export function clear(path: string): boolean {
  const clearing = `${path}.clearing`;
  if (!made(clearing)) {
    if (ageOf(clearing) > timeToWrite) rmSync(clearing, { force: true });
    return false;
  }
  try {
    const isLeft = !isTaken(path);
    if (isLeft) unmark(path);
    return isLeft;
  } finally {
    rmSync(clearing, { force: true });
  }
}

/** Whether the process of a file is still there, or may be about to say which it is. */
function isTaken(path: string): boolean {
  const holder = holderOf(path);
  return holder === null ? ageOf(path) <= timeToWrite : isHeld(path, holder);
}

/** Milliseconds since a file was written; endless of one that is not there. */
function ageOf(path: string): number {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Number.NEGATIVE_INFINITY };
  return Date.now() - mtimeMs;
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
function isHeld(path: string, holder: number): boolean {
  if (holder === process.pid) return own.has(path);
  try {
    return process.kill(holder, 0) && !hasEnded(holder);
  } catch (thrown) {
    // It lives and is another user's.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether nothing is left of a process but its id, which its parent has not asked for: in a container maybe never. Linux alone tells. */
function hasEnded(id: number): boolean {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // Its name stands in brackets and may have any letters.
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
