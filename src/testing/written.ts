import type { StreamedFile } from '../exports/target.ts';
import { trainedPart } from '../exports/targets.ts';
import { directoryFiles } from '../files/directory.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import type { ModelFiles } from '../files/source.ts';
import { readFloats } from '../training/run/checkpoint.ts';
import type { ModelSession } from '../training/session/model-session.ts';

/** What a target writes, in memory. */
export async function written(files: readonly StreamedFile[]): Promise<ModelFiles> {
  const directory = memoryDirectory();
  for (const { path, parts } of files) await directory.write(path, parts);
  return directoryFiles(directory, 'download');
}

/** What was trained in a session, in its own form. */
export const trainedFiles = async (model: ModelSession, baseName: string | null): Promise<ModelFiles> =>
  written(
    await trainedPart({ base: model.open, baseName, tuning: model.tuning! }, (name) => readFloats(model.session, name)),
  );
