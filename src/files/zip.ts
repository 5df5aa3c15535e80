import { Zip, ZipPassThrough } from 'fflate';
import type { Parts } from './directory.ts';

/**
 * The files as one zip, stored and not deflated (weights do not shrink). What is done goes into the Blob at once, and the
 * browser may keep a large Blob on disk: with `streamSafetensors` as parts a model never lies in memory whole.
 * Zip64 is not written, so the whole must stay under 4 GiB.
 * @param modified time stamp of every entry.
 * @throws RangeError beyond 4 GiB; whatever the parts throw.
 */
export async function zipFiles(
  files: readonly { readonly path: string; readonly parts: Parts }[],
  modified: Date = new Date(),
): Promise<Blob> {
  const done: Blob[] = [];
  let bytes = 0;
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    failure ??= error;
    bytes += chunk.length;
    done.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  });
  for (const { path, parts } of files) {
    const entry = new ZipPassThrough(path);
    entry.mtime = modified;
    zip.add(entry);
    for await (const part of parts) entry.push(part);
    entry.push(new Uint8Array(0), true);
    if (bytes > 0xffffffff) throw new RangeError('a zip without zip64 holds less than 4 GiB');
  }
  zip.end();
  if (failure) throw failure;
  return new Blob(done, { type: 'application/zip' });
}
