import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { lockFile } from '../files/leftovers.ts';
import { unwritable } from './out-folder.ts';
import { clear, holderOf, mark, unmark } from './process-marks.ts';

/**
 * Keeps the folder of a run to this process until the function that it gives is called, or the process ends. What a
 * process that was killed left is taken over.
 * @throws AppError 'run-taken' where another process writes there
 */
export function lockRun(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const path = join(resolve(folder), lockFile);
  if (!mark(path) && !(clear(path) && mark(path)))
    throw new AppError('run-taken', { folder, process: holderOf(path) ?? '?' });
  const release = () => {
    if (holderOf(path) === process.pid) unmark(path);
    process.off('exit', release);
  };
  process.on('exit', release);
  return release;
}
