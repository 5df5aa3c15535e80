import type { Directory, Parts } from './directory.ts';
import { isLeftover, lockFile } from './leftovers.ts';
import { type Bytes, type ModelFiles, readPieces } from './source.ts';

/** Bytes read at a time. */
const pieceBytes = 4 * 2 ** 20;

/** The files in a folder and in those inside it, without what broken writes left, read piece by piece. */
export async function folderFiles(folder: Directory): Promise<{ readonly path: string; readonly parts: Parts }[]> {
  const paths = (await pathsIn(folder, '')).filter((path) => !isLeftover(path) && path !== lockFile);
  return paths.map((path) => ({ path, parts: pieces(folder, path) }));
}

/** Puts files into an empty folder. @throws AppError 'storage-full' */
export async function restoreFolder(folder: Directory, files: ModelFiles): Promise<void> {
  for (const { path } of await files.list())
    await folder.write(path, readPieces(files, path, 0, await files.size(path), pieceBytes));
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
