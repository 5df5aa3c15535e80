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
 * @param invalid makes the error where it is no archive that is read
 */
export async function zipBlobs(archive: Blob, invalid: (reason: Reason) => AppError): Promise<Map<string, Blob>> {
  const name = 'archive.zip';
  const files = blobFiles(new Map([[name, archive]]));
  const blobs = new Map<string, Blob>();
  for (const entry of (await readEntries(files, name, invalid)).values()) {
    const path = entry.name.replaceAll('\\', '/');
    if (path.startsWith('/') || path.split('/').includes('..')) throw invalid(because`entry ${path}`);
    if (isBeside(path)) continue;
    const begin = await dataOffset(files, name, entry, invalid);
    const data = archive.slice(begin, begin + entry.storedSize);
    blobs.set(path, await unpacked(data, entry, invalid));
  }
  return blobs;
}

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
