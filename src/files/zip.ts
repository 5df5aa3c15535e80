import { makeZip } from 'client-zip';
import type { Parts } from './directory.ts';
import type { Bytes } from './source.ts';

/**
 * The files as one zip, stored and not deflated (weights do not shrink), Zip64 where it takes that, in pieces that are made
 * when they are asked for.
 * @param modified time stamp of every entry.
 * @throws whatever the parts throw.
 */
export async function* zipParts(
  files: readonly { readonly path: string; readonly parts: Parts }[],
  modified: Date = new Date(),
): AsyncGenerator<Bytes> {
  const entries = files.map(({ path, parts }) => ({ name: path, lastModified: modified, input: oneByOne(parts) }));
  // Not every browser lets a stream be iterated.
  const reader = makeZip(entries).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value as Bytes;
}

/** The same as a Blob, which the browser may keep on disk where it is large. */
export async function zipFiles(...zipped: Parameters<typeof zipParts>): Promise<Blob> {
  const done: Blob[] = [];
  for await (const part of zipParts(...zipped)) done.push(new Blob([part]));
  return new Blob(done, { type: 'application/zip' });
}

async function* oneByOne(parts: Parts): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* parts;
}
