import { type AppError, because, type Reason } from '../errors.ts';
import { blobFiles } from './blob-files.ts';
import type { Bytes } from './source.ts';
import { dataOffset, readEntries, type ZipEntry } from './zip-read.ts';

/** What systems put into an archive beside what was packed: folders, Finder's __MACOSX and hidden files. */
const isBeside = (path: string): boolean =>
  path.endsWith('/') || path.split('/').some((part) => part === '__MACOSX' || part.startsWith('.'));

/**
 * The files of a zip archive by their paths. Those that are stored stay in the archive, so that a model is not copied;
 * deflated ones are unpacked.
 * @param invalid makes the error where it is no archive that is read, or a path in it is none
 * @param withHidden also what systems put beside it
 */
export async function zipBlobs(
  archive: Blob,
  invalid: (reason: Reason) => AppError,
  withHidden = false,
): Promise<Map<string, Blob>> {
  const name = 'archive.zip';
  const files = blobFiles(new Map([[name, archive]]));
  const blobs = new Map<string, Blob>();
  for (const entry of (await readEntries(files, name, invalid)).values()) {
    const path = entry.name.replaceAll('\\', '/');
    if (path.replace(/\/$/, '').split('/').some(isNoName)) throw invalid(because`entry ${path}`);
    if (path.endsWith('/') || (!withHidden && isBeside(path))) continue;
    if (blobs.has(path)) throw invalid(because`it holds entry ${path} twice`);
    const begin = await dataOffset(files, name, entry, invalid);
    const data = archive.slice(begin, begin + entry.storedSize);
    blobs.set(path, await unpacked(data, entry, invalid));
  }
  const within = [...blobs.keys()].find((path) => foldersOf(path).some((folder) => blobs.has(folder)));
  if (within !== undefined) throw invalid(because`entry ${within} lies in a file`);
  return blobs;
}

/** What names no file or folder in every storage. */
const isNoName = (part: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  part === '' || part === '.' || part === '..' || /[\0-\x1f]/.test(part);

/** `a` and `a/b` of a path `a/b/c`. */
const foldersOf = (path: string): string[] => {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
};

async function unpacked(data: Blob, { name, method, size }: ZipEntry, invalid: (reason: Reason) => AppError) {
  const damaged = invalid(because`entry ${name} is damaged`);
  if (method === 0 && data.size === size) return data;
  if (method !== 8) throw invalid(because`entry ${name} is compressed in another way than "deflate"`);
  const parts: Blob[] = [];
  let length = 0;
  const reader = data.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      // An archive that unpacks to more than it says is not unpacked to its end.
      if (length > size) throw damaged;
      parts.push(new Blob([next.value as Bytes]));
    }
  } catch {
    throw damaged;
  }
  if (length !== size) throw damaged;
  return new Blob(parts);
}
