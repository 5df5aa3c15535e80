import { homedir } from 'node:os';
import { join } from 'node:path';
import { jsonFile } from '../files/json-file.ts';
import { automatic, type Executor, type ExecutorName } from '../plan/executor.ts';
import type { Calibration } from '../plan/rates.ts';
import { Calibrations, deviceKey } from '../training/run/calibrations.ts';
import { nodeDirectory } from './node-directory.ts';

/** Where downloads, measured tiles and the times of runs are kept: the user's cache folder. */
export const cacheFolder = (): string =>
  process.env.ATELIER_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'atelier');

/** What runs took on this computer. */
export const calibrations = (): Calibrations =>
  new Calibrations(jsonFile(async () => nodeDirectory(cacheFolder()), 'calibrations.json'));

/** The device that a run would use, by the newest run that used it, and how fast it is; undefined where none has. */
export async function measuredHere(
  choice: ExecutorName | 'auto',
): Promise<{ device: string; calibration: Calibration } | undefined> {
  const kept = calibrations();
  for (const name of choice === 'auto' ? automatic : [choice]) {
    const device = await kept.newest(name);
    const calibration = device && (await kept.of(device));
    if (calibration) return { device, calibration };
  }
  return undefined;
}

export const deviceOf = ({ name, description, profile }: Executor): string =>
  deviceKey(name, description, profile.features);
