import { AppError, because, type Reason } from '../errors.ts';
import { blobFiles } from './blob-files.ts';
import type { Directory, Parts } from './directory.ts';
import type { Bytes } from './source.ts';
import { dataOffset, readStoredEntries } from './zip-read.ts';

/** Bytes read at a time. */
const pieceBytes = 4 * 2 ** 20;

/** The files in a folder and in those inside it, read piece by piece. */
export async function folderFiles(folder: Directory): Promise<{ readonly path: string; readonly parts: Parts }[]> {
  const paths = await pathsIn(folder, '');
  return paths.map((path) => ({ path, parts: pieces(folder, path) }));
}

/**
 * Puts the files of a folder's zip into an empty folder.
 * @throws AppError 'archive-invalid' where it is no zip of stored files; 'storage-full'
 */
export async function restoreFolder(folder: Directory, zip: Blob): Promise<void> {
  const name = 'archive.zip';
  const files = blobFiles(new Map([[name, zip]]));
  const invalid = (reason: Reason) => new AppError('archive-invalid', { reason });
  for (const entry of (await readStoredEntries(files, name, invalid)).values()) {
    if (entry.name.endsWith('/')) continue;
    if (entry.name.split('/').some((part) => part === '..' || part === '')) throw invalid(because`entry ${entry.name}`);
    const offset = await dataOffset(files, name, entry, invalid);
    await folder.write(entry.name, blobPieces(zip.slice(offset, offset + entry.size)));
  }
}

/** A blob piece by piece. */
export async function* blobPieces(blob: Blob): AsyncGenerator<Bytes> {
  for (let start = 0; start < blob.size; start += pieceBytes)
    yield new Uint8Array(await blob.slice(start, start + pieceBytes).arrayBuffer());
}

async function pathsIn(folder: Directory, path: string): Promise<string[]> {
  const inside = (name: string) => (path === '' ? name : `${path}/${name}`);
  const entries = await folder.list(path);
  const found = await Promise.all(
    entries.map(({ name, kind }) => (kind === 'file' ? [inside(name)] : pathsIn(folder, inside(name)))),
  );
  return found.flat();
}

async function* pieces(folder: Directory, path: string): AsyncGenerator<Bytes> {
  const size = await folder.size(path);
  for (let start = 0; start < size; start += pieceBytes)
    yield folder.read(path, start, Math.min(size, start + pieceBytes));
}
