import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pause } from '../files/hub-patience.ts';
import { sha256 } from '../files/sha256.ts';
import type { Turn } from '../files/turns.ts';
import { clear, mark, unmark } from './process-marks.ts';

const lookAgainMs = 300;

/**
 * Turns of all processes that share a folder: who has one leaves its id there. That of a process which has ended counts
 * for nothing.
 */
export const turnsOfProcesses = (folder: string): Turn => {
  return async (name, task, waits, signal) => {
    const lock = join(resolve(folder), `.turn-${sha256(new TextEncoder().encode(name)).slice(0, 16)}`);
    await mkdir(folder, { recursive: true });
    for (let tries = 0; !mark(lock); tries++) {
      if (clear(lock)) continue;
      if (tries === 1) waits();
      if (tries > 0) await pause(lookAgainMs, signal);
    }
    try {
      return await task();
    } finally {
      unmark(lock);
    }
  };
};
