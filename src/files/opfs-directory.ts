import { AppError } from '../errors.ts';
import { type Directory, type DirectoryEntry, storageError } from './directory.ts';
import type { Bytes } from './source.ts';

/** What workers have beyond the DOM types: files written in place, and files renamed (Chromium, Firefox, Safari). */
interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
  move?(name: string): Promise<void>;
}

interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/**
 * The browser's own storage (`await navigator.storage.getDirectory()`), or a folder the visitor picked.
 * Made for workers; in a page, and in a picked folder, `append` copies the file.
 */
export function opfsDirectory(root: FileSystemDirectoryHandle): Directory {
  const folderAt = async (names: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> => {
    let folder = root;
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  };
  const fileAt = async (path: string, create: boolean): Promise<WorkerFileHandle> => {
    const names = path.split('/');
    const name = names.pop()!;
    try {
      return await (await folderAt(names, create)).getFileHandle(name, { create });
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
      throw new AppError('file-missing', { file: path }, { cause });
    }
  };
  const exists = async (path: string): Promise<boolean> => {
    const names = path.split('/');
    const name = names.pop()!;
    try {
      const folder = await folderAt(names, false);
      for await (const entry of folder.keys()) if (entry === name) return true;
      return false;
    } catch (cause) {
      if (isAbsent(cause)) return false;
      throw cause;
    }
  };

  const remove = async (path: string): Promise<void> => {
    const names = path.split('/');
    const name = names.pop()!;
    try {
      await (await folderAt(names, false)).removeEntry(name, { recursive: true });
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
    }
  };
  let canMove = 'move' in FileSystemFileHandle.prototype;
  /** In a folder that the visitor picked a browser may refuse to rename: the first file is copied, the next go straight. */
  const giveName = async (file: WorkerFileHandle, path: string): Promise<void> => {
    try {
      await file.move!(path.slice(path.lastIndexOf('/') + 1));
    } catch (cause) {
      if (!('createWritable' in FileSystemFileHandle.prototype)) throw cause;
      canMove = false;
      const writable = await (await fileAt(path, true)).createWritable();
      await (await file.getFile()).stream().pipeTo(writable);
      await remove(`${path}.unfinished`);
    }
  };

  return {
    async read(path, start = 0, end) {
      const file = await (await fileAt(path, false)).getFile();
      return new Uint8Array(await file.slice(start, end ?? file.size).arrayBuffer());
    },
    size: async (path) => (await (await fileAt(path, false)).getFile()).size,
    async write(path, parts) {
      // The old file stands until the new one is whole: a writable swaps in a copy when it is closed. A file that is new
      // would be there, empty, before its content; so it is written under another name and gets its own at the end.
      const canSwap = 'createWritable' in FileSystemFileHandle.prototype;
      const isAside = !canSwap || (canMove && !(await exists(path)));
      const file = await fileAt(isAside ? `${path}.unfinished` : path, true);
      // In place the bytes reach the disk without a way through the browser's own process.
      const inPlace = isAside ? await inPlaceSink(file, 0) : null;
      const sink = inPlace ?? (canSwap ? await writableSink(file) : await syncSink(file, 0));
      let bytes = 0;
      try {
        for await (const part of parts) {
          bytes += part.length;
          await sink.write(part);
        }
        await sink.close();
      } catch (cause) {
        await sink.abort();
        if (isAside) await remove(`${path}.unfinished`).catch(() => {});
        throw storageError(cause, bytes);
      }
      if (isAside) await giveName(file, path);
    },
    async append(path, bytes) {
      const file = await fileAt(path, true);
      const size = (await file.getFile()).size;
      const sink = (await inPlaceSink(file, size)) ?? (await writableSink(file, size));
      try {
        await sink.write(bytes);
        await sink.close();
      } catch (cause) {
        await sink.abort();
        throw storageError(cause, bytes.length);
      }
    },
    async list(path) {
      try {
        const folder = await folderAt(path === '' ? [] : path.split('/'), false);
        const found: DirectoryEntry[] = [];
        for await (const [name, handle] of folder.entries()) {
          found.push({ name, kind: handle.kind === 'file' ? 'file' : 'folder' });
        }
        return found;
      } catch (cause) {
        if (isAbsent(cause)) return [];
        throw cause;
      }
    },
    remove,
    exists,
  };
}

/**
 * A file of the browser's own storage as it lies there: its bytes are read when they are asked for.
 * @throws AppError 'file-missing'
 */
export async function storedFile(root: FileSystemDirectoryHandle, path: string): Promise<File> {
  const names = path.split('/');
  const name = names.pop()!;
  try {
    let folder = root;
    for (const each of names) folder = await folder.getDirectoryHandle(each);
    return await (await folder.getFileHandle(name)).getFile();
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
    throw new AppError('file-missing', { file: path }, { cause });
  }
}

const isAbsent = (error: unknown) => error instanceof DOMException && error.name === 'NotFoundError';

interface Sink {
  write(bytes: Bytes): void | Promise<void>;
  close(): void | Promise<void>;
  abort(): void | Promise<void>;
}

/**
 * Chromium reports a storage that ran full in the middle of a piece as an aborted write ("failed to write data to data
 * pipe"). Nobody aborts a sink before it has failed, so there is no other way to that error.
 */
function asQuota(cause: unknown): never {
  const aborted = cause instanceof DOMException && cause.name === 'AbortError';
  throw aborted ? new DOMException(cause.message, 'QuotaExceededError') : cause;
}

async function writableSink(file: FileSystemFileHandle, keep = 0): Promise<Sink> {
  const writable = await file.createWritable({ keepExistingData: keep > 0 });
  await writable.seek(keep);
  return {
    write: (bytes) => writable.write(bytes).catch(asQuota),
    close: () => writable.close().catch(asQuota),
    // A failed writable is already errored; aborting it again must not hide the first error.
    abort: () => writable.abort().catch(() => undefined),
  };
}

/** Null where a file cannot be written in place: outside workers, in folders that the visitor picked, while another writes it. */
async function inPlaceSink(file: WorkerFileHandle, start: number): Promise<Sink | null> {
  if (!file.createSyncAccessHandle) return null;
  try {
    return await syncSink(file, start);
  } catch (cause) {
    if (cause instanceof DOMException && /^(InvalidState|NoModificationAllowed)Error$/.test(cause.name)) return null;
    throw cause;
  }
}

async function syncSink(file: WorkerFileHandle, start: number): Promise<Sink> {
  const access = await file.createSyncAccessHandle!();
  access.truncate(start);
  let at = start;
  return {
    write(bytes) {
      const written = access.write(bytes, { at });
      if (written !== bytes.length) throw new DOMException('the storage took fewer bytes', 'QuotaExceededError');
      at += written;
    },
    close() {
      access.flush();
      access.close();
    },
    abort() {
      // What was there before stays; the piece that did not fit goes.
      try {
        access.truncate(start);
      } finally {
        access.close();
      }
    },
  };
}
