import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { AppError } from '../errors.ts';

/** What is read while a result is written. */
interface Sources {
  readonly run?: string | undefined;
  readonly adapter?: string | undefined;
  /** A folder; a name on the Hub is none. */
  readonly model?: string | undefined;
}

/**
 * Holds the folder of an export apart from what it is made of: a base that was written over gives wrong models ever after,
 * without a word. A new folder in that of a run is free.
 * @throws AppError 'usage'
 */
export function requireFreeFolder(out: string, { run, adapter, model }: Sources): void {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw new AppError('usage', { reason: `--out ${out} is a file. Name a folder.` });
  const target = real(out);
  const isWithin = (folder: string) => !relative(real(folder), target).startsWith('..');
  const taken = [adapter, model, run && join(run, 'adapter'), run && join(run, 'model')].filter(
    (folder): folder is string => folder !== undefined && existsSync(folder),
  );
  const source = taken.find(isWithin) ?? (run !== undefined && real(run) === target ? run : undefined);
  if (source !== undefined)
    throw new AppError('usage', {
      reason: `--out ${out} is where the result is read from (${source}). Name another folder.`,
    });
}

/** The path without links; of a folder that is yet to be made, that of the one it goes into. */
function real(path: string): string {
  const whole = resolve(path);
  return existsSync(whole) ? realpathSync(whole) : join(real(dirname(whole)), basename(whole));
}
