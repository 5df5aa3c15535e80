import type { Target } from './target.ts';
import { runFolderFiles } from './without-places.ts';

/** The folder of the run with all in it, to be taken in elsewhere. */
export const archive: Target = {
  file: 'run.zip',
  holds: 'run',
  refuses: () => undefined,
  write: (run) => runFolderFiles(run.folder()),
};
