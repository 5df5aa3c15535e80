import { blobFiles } from '../../files/blob-files.ts';
import type { ModelFiles } from '../../files/source.ts';
import type { NamedBlob } from '../models/messages.ts';
import { readApart } from '../reading/read-apart.ts';

/** What the visitor dropped or chose: files, a folder, or one .zip in its place. @throws AppError 'zip-unreadable' */
export async function openGiven(files: readonly NamedBlob[], name?: string): Promise<ModelFiles> {
  const given = await givenBlobs(files);
  return blobFiles(given.blobs, name ?? given.name);
}

/** The same, each by its path. */
export async function givenBlobs(
  files: readonly NamedBlob[],
): Promise<{ readonly blobs: ReadonlyMap<string, Blob>; readonly name: string | undefined }> {
  const [first] = files;
  if (files.length !== 1 || !first || !/\.zip$/i.test(first.path))
    return { blobs: new Map(files.map(({ path, blob }) => [path, blob])), name: undefined };
  const file = first.path.slice(first.path.lastIndexOf('/') + 1);
  const blobs = await readApart('archive', { archive: first.blob, file }, { file, bytes: first.blob.size });
  return { blobs, name: file.replace(/\.zip$/i, '') };
}
