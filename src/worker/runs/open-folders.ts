import type { Directory } from '../../files/directory.ts';
import { type ClosableDirectory, closableDirectory } from '../../training/run/closable-directory.ts';
import { runFolder } from './run-store.ts';

/** The folders that runs of this tab write into. Before one is deleted it is closed: nothing may come to lie there later. */
export class OpenFolders {
  private readonly folders = new Map<string, { readonly runs: Directory; readonly folder: ClosableDirectory }>();

  of(runs: Directory, id: string): Directory {
    const known = this.folders.get(id);
    if (known?.runs === runs) return known.folder.open;
    const folder = closableDirectory(runFolder(runs, id));
    this.folders.set(id, { runs, folder });
    return folder.open;
  }

  /** Resolves when nothing writes into it any more. */
  async close(id: string): Promise<void> {
    const known = this.folders.get(id);
    this.folders.delete(id);
    await known?.folder.close();
  }
}
