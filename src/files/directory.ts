import { AppError } from '../errors.ts';
import { type Bytes, decodeText, type ModelFiles } from './source.ts';

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/**
 * A place to keep files: a folder on disk, the browser's own storage, memory. Paths use `/`; folders appear as needed.
 * Writes that the storage refuses for want of room throw AppError `storage-full`.
 */
export interface Directory {
  /** Bytes [start, end), the whole file where both are left out. @throws AppError `file-missing`. */
  read(path: string, start?: number, end?: number): Promise<Bytes>;
  /** @throws AppError `file-missing`. */
  size(path: string): Promise<number>;
  /** Whole or not at all: until the last part is written, the file is what it was before. */
  write(path: string, parts: Parts): Promise<void>;
  /** Adds to the end of a file; a break in the middle may leave a piece of `bytes` there. */
  append(path: string, bytes: Bytes): Promise<void>;
  /** What lies directly in a folder; nothing where there is no such folder. */
  list(path: string): Promise<DirectoryEntry[]>;
  /** Removes a file, or a folder with all in it; what is not there counts as removed. */
  remove(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
}

export type Parts = Iterable<Bytes> | AsyncIterable<Bytes>;

/** A name that no storage trips over, from any text; `decodeURIComponent` gives the text back. */
export function safeName(text: string): string {
  const escaped = encodeURIComponent(text).replace(/[*'!()~]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return /^\.+$/.test(escaped) ? escaped.replaceAll('.', '%2e') : escaped;
}

/** A folder of a directory as a directory of its own. */
export function subdirectory(root: Directory, folder: string): Directory {
  const inside = (path: string) => (path === '' ? folder : `${folder}/${path}`);
  return {
    read: (path, start, end) => root.read(inside(path), start, end),
    size: (path) => root.size(inside(path)),
    write: (path, parts) => root.write(inside(path), parts),
    append: (path, bytes) => root.append(inside(path), bytes),
    list: (path) => root.list(inside(path)),
    remove: (path) => root.remove(inside(path)),
    exists: (path) => root.exists(inside(path)),
  };
}

export async function readText(directory: Directory, path: string): Promise<string> {
  return decodeText(await directory.read(path));
}

export function writeText(directory: Directory, path: string, text: string): Promise<void> {
  return directory.write(path, [new TextEncoder().encode(text)]);
}

/** The files of one folder (not of those in it) for the readers of `ModelFiles`. */
export function directoryFiles(directory: Directory, name: string): ModelFiles {
  const list: ModelFiles['list'] = async () => {
    const files = (await directory.list('')).filter(({ kind }) => kind === 'file');
    return Promise.all(files.map(async (file) => ({ path: file.name, size: await directory.size(file.name) })));
  };
  return {
    describe: () => name,
    list,
    has: (path) => directory.exists(path),
    size: (path) => directory.size(path),
    read: (path, start, end) => directory.read(path, start, end),
    text: (path) => readText(directory, path),
  };
}

/** A write that failed, as `storage-full` where the storage had no room; anything else as it came. */
export function storageError(cause: unknown, bytes: number): unknown {
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  const full = name === 'QuotaExceededError' || code === 'ENOSPC' || code === 'EDQUOT';
  return full ? new AppError('storage-full', { bytes }, { cause }) : cause;
}
