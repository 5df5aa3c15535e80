import { open, readdir, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { AppError } from '../errors.ts';
import { decodeText, type FileEntry, type ModelFiles } from '../files/source.ts';

/** The files of a folder on disk. A path that leaves the folder counts as missing: index files name paths. */
export function nodeFiles(folder: string): ModelFiles {
  const root = resolve(folder);
  const locate = (path: string): string => {
    const full = resolve(root, path);
    if (!full.startsWith(root + sep)) throw new AppError('file-missing', { file: path });
    return full;
  };
  const missing = (path: string) => (cause: unknown) => {
    throw new AppError('file-missing', { file: path }, { cause });
  };
  const size = async (path: string): Promise<number> => {
    const found = await stat(locate(path)).catch(missing(path));
    if (!found.isFile()) throw new AppError('file-missing', { file: path });
    return found.size;
  };
  const read: ModelFiles['read'] = async (path, start = 0, end) => {
    const stop = Math.min(end ?? Number.POSITIVE_INFINITY, await size(path));
    const file = await open(locate(path), 'r').catch(missing(path));
    try {
      const bytes = new Uint8Array(Math.max(0, stop - start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  };
  const list = async (): Promise<FileEntry[]> => {
    const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(missing(folder));
    const found: FileEntry[] = [];
    for (const entry of entries) {
      const full = resolve(entry.parentPath, entry.name);
      // The Hub's own cache folders hold links to the files.
      const target = entry.isDirectory() ? undefined : await stat(full).catch(() => undefined);
      if (target?.isFile()) found.push({ path: relative(root, full).split(sep).join('/'), size: target.size });
    }
    return found;
  };
  return {
    describe: () => folder,
    list,
    has: (path) =>
      size(path).then(
        () => true,
        () => false,
      ),
    size,
    read,
    text: async (path) => decodeText(await read(path)),
  };
}
