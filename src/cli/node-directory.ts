import { appendFile, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { AppError } from '../errors.ts';
import { type Directory, storageError } from '../files/directory.ts';
import { nodeFiles } from './node-files.ts';

/** The name of a file is part of its folder, which a power cut may forget, too. Windows opens no folders. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r').catch(() => undefined);
  await opened?.sync().catch(() => {});
  await opened?.close();
}

/** A folder on disk, made when something is first written. A write goes to a second name that is then given over. */
export function nodeDirectory(folder: string): Directory {
  const root = resolve(folder);
  const files = nodeFiles(root);
  const locate = (path: string): string => {
    const full = resolve(root, path);
    if (full !== root && !full.startsWith(root + sep)) throw new AppError('file-missing', { file: path });
    return full;
  };
  return {
    read: files.read,
    size: files.size,
    async write(path, parts) {
      const full = locate(path);
      const unfinished = `${full}.unfinished`;
      await mkdir(dirname(full), { recursive: true });
      let bytes = 0;
      let file: FileHandle | undefined;
      try {
        file = await open(unfinished, 'w');
        for await (const part of parts) {
          bytes += part.length;
          await file.writeFile(part);
        }
        // Without this a power cut after the rename could leave the new name with empty contents.
        await file.sync();
        await file.close();
        file = undefined;
        await rename(unfinished, full);
        await syncFolder(dirname(full));
      } catch (cause) {
        await file?.close();
        await rm(unfinished, { force: true });
        throw storageError(cause, bytes);
      }
    },
    async append(path, bytes) {
      await mkdir(dirname(locate(path)), { recursive: true });
      await appendFile(locate(path), bytes).catch((cause: unknown) => {
        throw storageError(cause, bytes.length);
      });
    },
    async list(path) {
      const entries = await readdir(locate(path), { withFileTypes: true }).catch(() => []);
      return entries.map((entry) => ({ name: entry.name, kind: entry.isDirectory() ? 'folder' : 'file' }));
    },
    remove: (path) => rm(locate(path), { recursive: true, force: true }),
    exists: (path) =>
      stat(locate(path)).then(
        () => true,
        () => false,
      ),
  };
}
