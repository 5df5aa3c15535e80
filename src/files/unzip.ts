import { AppError } from '../errors.ts';
import { blobFiles } from './blob-files.ts';
import type { ModelFiles } from './source.ts';
import { zipBlobs } from './zip-blobs.ts';

/**
 * All files of a zip archive, those that hide among them.
 * @throws AppError 'zip-unreadable'
 */
export async function unzipFiles(archive: Blob, name: string): Promise<ModelFiles> {
  const blobs = await zipBlobs(archive, (reason) => new AppError('zip-unreadable', { file: name, reason }), true);
  return blobFiles(blobs, name);
}
