import { AppError } from '../errors.ts';
import { type BaseMark, baseMark, baseMarkSchema, differingFile } from './base-mark.ts';
import { type Directory, readText, writeText } from './directory.ts';
import { parsedFile } from './parsed-file.ts';
import { baseFile } from './runs.ts';
import type { ModelFiles } from './source.ts';

/** Which base a run is trained on, beside it: written before its first step. */

export async function saveBase(run: Directory, files: ModelFiles): Promise<void> {
  await writeText(run, baseFile, `${JSON.stringify(await baseMark(files), null, 2)}\n`);
}

/** Null of a run that an older version began. @throws AppError 'checkpoint-invalid' where the file is damaged */
export async function readBase(run: Directory): Promise<BaseMark | null> {
  if (!(await run.exists(baseFile))) return null;
  return parsedFile(baseFile, baseMarkSchema, await readText(run, baseFile));
}

/**
 * Holds the files of a model against those that a run was trained on.
 * @throws AppError 'run-base-changed', 'run-base-moved' where its commit is known
 */
export async function requireBase(kept: BaseMark | null, files: ModelFiles, model: string): Promise<void> {
  const file = kept && differingFile(kept, await baseMark(files));
  if (!kept || file === null) return;
  throw kept.commit === null
    ? new AppError('run-base-changed', { model, file })
    : new AppError('run-base-moved', { model, file, commit: kept.commit });
}
