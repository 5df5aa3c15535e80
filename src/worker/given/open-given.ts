import { AppError } from '../../errors.ts';
import { blobFiles } from '../../files/blob-files.ts';
import type { ModelFiles } from '../../files/source.ts';
import { zipBlobs } from '../../files/zip-blobs.ts';
import type { NamedBlob } from '../models/messages.ts';

/** What the visitor dropped or chose: files, a folder, or one .zip in its place. @throws AppError 'zip-unreadable' */
export async function openGiven(files: readonly NamedBlob[], name?: string): Promise<ModelFiles> {
  const [first] = files;
  if (files.length !== 1 || !first || !/\.zip$/i.test(first.path))
    return blobFiles(new Map(files.map(({ path, blob }) => [path, blob])), name);
  const file = first.path.slice(first.path.lastIndexOf('/') + 1);
  const blobs = await zipBlobs(first.blob, (reason) => new AppError('zip-unreadable', { file, reason }));
  return blobFiles(blobs, name ?? file.replace(/\.zip$/i, ''));
}
