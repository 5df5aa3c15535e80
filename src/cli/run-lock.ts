import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { lockFile } from '../files/leftovers.ts';

/**
 * Keeps the folder of a run to this process until the function that it gives is called, or the process ends. What a
 * process that was killed left is taken over.
 * @throws AppError 'run-taken' where another process writes there
 */
export function lockRun(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, lockFile);
  if (!taken(path)) {
    const holder = holderOf(path);
    if (holder !== null && isAlive(holder)) throw new AppError('run-taken', { folder, process: holder });
    rmSync(path, { force: true });
    if (!taken(path)) throw new AppError('run-taken', { folder, process: holderOf(path) ?? 0 });
  }
  const release = () => {
    if (holderOf(path) === process.pid) rmSync(path, { force: true });
    process.off('exit', release);
  };
  process.on('exit', release);
  return release;
}

/** Whether the lock is this process's now: of all who try at once one makes the file. */
function taken(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

function holderOf(path: string): number | null {
  try {
    const id = Number(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(id) && id > 0 ? id : null;
  } catch {
    return null;
  }
}

function isAlive(id: number): boolean {
  if (id === process.pid) return true;
  try {
    process.kill(id, 0);
    return true;
  } catch (thrown) {
    // It lives and is another user's.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
