import { folderFiles } from '../files/archive.ts';
import type { Target } from './target.ts';

/** The folder of the run with all in it, to be taken in elsewhere. */
export const archive: Target = {
  file: 'run.zip',
  holds: 'run',
  refuses: () => undefined,
  write: async (run) => folderFiles(run.folder()),
};
