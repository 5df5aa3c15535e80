import { blobPieces } from '../../files/archive.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { randomId } from '../../files/random-id.ts';
import type { OpenedTable } from './opened-table.ts';

/** Copies of the tables that the page is set up with, in the browser's storage, for the next visit. */
const folderOf = (storage: Directory) => subdirectory(storage, 'setup-tables');

/** Larger tables are named only, and chosen again. */
export const mostKeptBytes = 200 * 2 ** 20;
/** Copies that are kept: a table and its validation file of two tabs. */
const mostCopies = 4;

/** Keeps a copy under a new id; null of a table that is too large, or that the storage has no room for. */
export async function keepCopy(storage: Directory, { blobs, name }: OpenedTable): Promise<string | null> {
  const [blob, ...more] = blobs;
  if (!blob || more.length > 0 || blob.size > mostKeptBytes) return null;
  const folder = folderOf(storage);
  const before = (await folder.list('')).map((entry) => entry.name).sort();
  for (const old of before.slice(0, Math.max(0, before.length + 1 - mostCopies))) await folder.remove(old);
  const id = `${Date.now().toString(36)}-${randomId(8)}`;
  try {
    await folder.write(id, blobPieces(blob));
    return id;
  } catch (cause) {
    console.warn(`${name} is not kept for the next visit`, cause);
    return null;
  }
}

/** @throws AppError 'file-missing' where newer copies took its place */
export async function readCopy(storage: Directory, id: string): Promise<Blob> {
  return new Blob([await folderOf(storage).read(id)]);
}

export const forgetCopies = (storage: Directory): Promise<void> => storage.remove('setup-tables');
