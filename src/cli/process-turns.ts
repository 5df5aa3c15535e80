import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pause } from '../files/hub-patience.ts';
import { sha256 } from '../files/sha256.ts';
import type { Turn } from '../files/turns.ts';

const lookAgainMs = 300;

/**
 * Turns of all processes that share a folder: who has one leaves its id there. That of a process which has ended counts
 * for nothing. Two that find such an id at the same moment may both go on; of a download the hash then decides.
 */
export const turnsOfProcesses = (folder: string): Turn => {
  return async (name, task, waits, signal) => {
    const lock = join(folder, `.turn-${sha256(new TextEncoder().encode(name)).slice(0, 16)}`);
    await mkdir(folder, { recursive: true });
    for (let tries = 0; !(await taken(lock)); tries++) {
      const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
      if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
      if (tries === 1) waits();
      if (tries > 0) await pause(lookAgainMs, signal);
    }
    try {
      return await task();
    } finally {
      await rm(lock, { force: true });
    }
  };
};

async function taken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    // It is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
