import { unzip } from 'fflate';
import { AppError, because } from '../errors.ts';
import { blobFiles } from './blob-files.ts';
import type { Bytes, ModelFiles } from './source.ts';

/**
 * The files of a zip archive, unpacked in memory.
 * @throws AppError 'zip-unreadable'
 */
export async function unzipFiles(archive: Blob, name: string): Promise<ModelFiles> {
  const bytes = new Uint8Array(await archive.arrayBuffer());
  const entries = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(bytes, (error, unpacked) => {
      if (error)
        reject(new AppError('zip-unreadable', { file: name, reason: because`${error.message}` }, { cause: error }));
      else resolve(unpacked);
    });
  });
  const files = Object.entries(entries).filter(([path]) => !path.endsWith('/'));
  return blobFiles(new Map(files.map(([path, data]) => [path, new Blob([data as Bytes])])), name);
}
