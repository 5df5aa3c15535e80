import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';

/** @throws AppError 'path-missing'; 'usage' of a folder that is no run's, and of a file */
export const requireRun = (folder: string): void => requireIn(folder, 'run.json');

/** @throws AppError 'path-missing'; 'usage' of a folder that holds no adapter, and of a file */
export const requireAdapter = (folder: string): void => requireIn(folder, 'adapter_config.json');

function requireIn(folder: string, file: string): void {
  if (!existsSync(folder)) throw new AppError('path-missing', { path: folder });
  if (!existsSync(join(folder, file))) throw new AppError('usage', { reason: nothingIn(folder) });
}

/** What to do about a place where neither a run nor an adapter lies. */
function nothingIn(folder: string): string {
  const asked = 'the folder of a finished run (what "studio train" was given as --out), or that of an adapter';
  if (!statSync(folder).isDirectory()) return `${folder} is a file: give ${asked}.`;
  const adapter = join(folder, 'adapter');
  if (existsSync(join(adapter, 'adapter_config.json'))) return `${folder} is a run, and its adapter is ${adapter}.`;
  return `No finished run and no adapter is in ${folder}: give ${asked}. A run that was refused leaves none: mend what it said and start it again with "studio train".`;
}
