import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import type { StreamedFile } from '../exports/target.ts';
import { nodeDirectory } from './node-directory.ts';

/** What is read while a result is written. */
interface Sources {
  readonly run?: string | undefined;
  readonly adapter?: string | undefined;
  /** A folder; a name on the Hub is none. */
  readonly model?: string | undefined;
}

/**
 * Holds the folder of an export apart from what it is made of, and from whatever else there is: a base that was written
 * over gives wrong models ever after, without a word, and so do files of two exports in one folder. A new folder in that of
 * a run is free.
 * @throws AppError 'usage'
 */
export function requireFreeFolder(out: string, { run, adapter, model }: Sources): void {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw new AppError('usage', { reason: `--out ${out} is a file. Name a folder.` });
  const target = real(out);
  const taken = [adapter, model, run && join(run, 'adapter'), run && join(run, 'model')].filter(
    (folder): folder is string => folder !== undefined && existsSync(folder),
  );
  const source =
    taken.find((folder) => isWithin(folder, out)) ?? (run !== undefined && real(run) === target ? run : undefined);
  if (source !== undefined)
    throw new AppError('usage', {
      reason: `--out ${out} is where the result is read from (${source}). Name another folder.`,
    });
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new AppError('usage', { reason: `--out ${out} is not empty. Name a new folder.` });
  const beside = besideOf(out);
  if (existsSync(beside))
    throw new AppError('usage', {
      reason: `${beside} is in the way: exports write there first, and one that was broken off leaves it. Delete it, or name another folder.`,
    });
}

/** Where a folder is written before it is moved: on the same disk as one that is there already, as a mounted one is. */
function besideOf(out: string): string {
  const place = resolve(out);
  return existsSync(place) ? join(place, '.unfinished') : `${place}.unfinished`;
}

/**
 * Writes a folder that is there whole or not at all: beside its place, checked there, and then moved.
 * @param check told the folder that the files lie in
 */
export async function writeFolder(
  out: string,
  files: readonly StreamedFile[],
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const [place, beside] = [resolve(out), besideOf(out)];
  try {
    await mkdir(dirname(beside), { recursive: true });
    // Fails where it is there: what is removed below is this export's own.
    await mkdir(beside);
  } catch (cause) {
    throw unwritable(out, cause);
  }
  try {
    const folder = nodeDirectory(beside);
    for (const { path, parts } of files) await folder.write(path, parts);
    await check(beside);
    await mkdir(place, { recursive: true });
    for (const name of readdirSync(beside)) await rename(join(beside, name), join(place, name));
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Why a folder cannot be made where it was named; anything else as it came. */
export function unwritable(out: string, cause: unknown): unknown {
  const { code } = (cause ?? {}) as { code?: unknown };
  const reason = typeof code === 'string' ? reasons[code] : undefined;
  return reason
    ? new AppError('usage', { reason: `The folder ${out} cannot be made: ${reason}. Name another one (--out).` })
    : cause;
}

const notAllowed = 'you may not write there';
const reasons: Readonly<Record<string, string>> = {
  ...{ EACCES: notAllowed, EPERM: notAllowed, EROFS: 'the disk is read-only' },
  ...{
    ENOTDIR: 'a part of its path is a file',
    EEXIST: 'something of that name is in the way',
    ENOENT: 'there is no such place',
  },
};

/** What a new run removes, or writes over, where a run before it lay. */
const ofRuns = /^(checkpoints|(adapter|model)(-\d+)?|(metrics|samples)\.jsonl|(run|info|outcome)\.json)$/;

/**
 * Holds a new run apart from what is not its own: another program's files, and a run that nobody named but a file of
 * settings, which may be a stranger's.
 * @param runFile the file of settings that the visitor gave
 * @param isNamed by the visitor, as --out or --resume
 * @throws AppError 'usage'
 */
export function requireRunFolder(out: string, runFile: string, isNamed: boolean): void {
  const names = existsSync(out) ? readdirSync(out) : [];
  const taken = names.find((name) => ofRuns.test(name));
  if (taken === undefined) return;
  const isRun = isInfo(join(out, 'info.json'));
  if (isRun && isNamed) return;
  const usage = (reason: string) => new AppError('usage', { reason });
  if (isRun)
    throw usage(
      `${out}, which the settings name, holds a run already. Resume it with --resume, or name a folder with --out.`,
    );
  if (real(join(out, taken)) === real(runFile))
    throw usage(
      `${out} holds ${runFile} itself: the run's own settings, with all defaults and its seed, would be written over it. Name another folder with --out.`,
    );
  throw usage(`${out} holds ${taken}, and no run: a new run would write over it. Name another folder with --out.`);
}

/** The first file of a run that is written. */
function isInfo(file: string): boolean {
  try {
    return typeof JSON.parse(readFileSync(file, 'utf8')).fingerprint === 'string';
  } catch {
    return false;
  }
}

/**
 * Removes the results that a run before left in the folder of a new one, as which they would pass until it has its own.
 * @param read what the new one reads: that stays
 */
export async function removeEarlierResults(
  out: string,
  kind: 'adapter' | 'model',
  read: readonly string[],
): Promise<void> {
  const results = readdirSync(out).filter((name) => new RegExp(`^${kind}(-\\d+)?$`).test(name));
  for (const folder of results.map((name) => real(join(out, name))))
    if (!read.some((path) => isWithin(folder, path))) await rm(folder, { recursive: true });
}

/**
 * Holds a model that is trained whole apart from what it begins with, whose files are read until the end.
 * @throws AppError 'usage'
 */
export function requireOtherFolder(result: string, base: string): void {
  if (existsSync(base) && real(base) === real(result))
    throw new AppError('usage', { reason: `The result would be written over its base (${base}). Name another --out.` });
}

/** Whether a path is a folder or lies in it, whatever links lead there. */
const isWithin = (folder: string, path: string): boolean => !relative(real(folder), real(path)).startsWith('..');

/** The path without links; of a folder that is yet to be made, that of the one it goes into. */
function real(path: string): string {
  const whole = resolve(path);
  return existsSync(whole) ? realpathSync(whole) : join(real(dirname(whole)), basename(whole));
}
