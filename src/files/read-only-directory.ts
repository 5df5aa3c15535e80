import { AppError } from '../errors.ts';
import type { Directory, DirectoryEntry } from './directory.ts';
import type { ModelFiles } from './source.ts';

/** Files as a directory that is only read, such as the folder of a run in its archive. */
export function readOnlyDirectory(files: ModelFiles): Directory {
  const refuse = async (): Promise<never> => {
    throw new AppError('internal', { reason: `${files.describe()} is only read` });
  };
  const list = async (folder: string): Promise<DirectoryEntry[]> => {
    const inside = folder === '' ? '' : `${folder}/`;
    const entries = new Map<string, DirectoryEntry['kind']>();
    for (const { path } of await files.list()) {
      if (!path.startsWith(inside)) continue;
      const [name, ...below] = path.slice(inside.length).split('/');
      entries.set(name!, below.length > 0 ? 'folder' : 'file');
    }
    return [...entries].map(([name, kind]) => ({ name, kind }));
  };
  return {
    read: (path, start, end) => files.read(path, start, end),
    size: (path) => files.size(path),
    list,
    exists: async (path) => (await files.has(path)) || (await list(path)).length > 0,
    write: refuse,
    append: refuse,
    remove: refuse,
  };
}
