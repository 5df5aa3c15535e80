import type { Directory, Parts } from './directory.ts';
import { isLeftover, lockFile, notARun } from './leftovers.ts';
import { type Bytes, type ModelFiles, readPieces } from './source.ts';

/** Bytes read at a time. */
const pieceBytes = 4 * 2 ** 20;

/** The files in a folder and in those inside it, without what broken writes left, read piece by piece. */
export async function folderFiles(folder: Directory): Promise<{ readonly path: string; readonly parts: Parts }[]> {
  const paths = (await pathsIn(folder, '')).filter(isKept);
  return paths.map((path) => ({ path, parts: pieces(folder, path) }));
}

const isKept = (path: string): boolean => !isLeftover(path) && path !== lockFile && path !== notARun;

/** Puts files into a new folder: a stranger's marks of writers and of broken writes are none here. @throws AppError 'storage-full' */
export async function restoreFolder(folder: Directory, files: ModelFiles): Promise<void> {
  const paths = (await files.list()).map(({ path }) => path).filter(isKept);
  for (const path of paths) await folder.write(path, readPieces(files, path, 0, await files.size(path), pieceBytes));
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
