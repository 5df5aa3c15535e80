import { makeZip } from 'client-zip';
import type { Parts } from './directory.ts';

/**
 * The files as one zip, stored and not deflated (weights do not shrink), Zip64 where it takes that. What is done goes
 * into the Blob at once, and the browser may keep a large Blob on disk: with `streamSafetensors` as parts a model never
 * lies in memory whole.
 * @param modified time stamp of every entry.
 * @throws whatever the parts throw.
 */
export async function zipFiles(
  files: readonly { readonly path: string; readonly parts: Parts }[],
  modified: Date = new Date(),
): Promise<Blob> {
  const entries = files.map(({ path, parts }) => ({ name: path, lastModified: modified, input: oneByOne(parts) }));
  const done: Blob[] = [];
  // Not every browser lets a stream be iterated.
  const reader = makeZip(entries).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read())
    done.push(new Blob([next.value as Uint8Array<ArrayBuffer>]));
  return new Blob(done, { type: 'application/zip' });
}

async function* oneByOne(parts: Parts): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* parts;
}
