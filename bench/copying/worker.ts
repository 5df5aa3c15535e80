/** Reads and writes by the functions that the page's worker reads a chosen model and writes a download with. */
import { blobFiles } from '../../src/files/blob-files.ts';
import { opfsDirectory } from '../../src/files/opfs-directory.ts';
import { readPieces } from '../../src/files/source.ts';
import { firstBytes, pieceBytes } from '../large-copy.ts';

self.onmessage = async ({ data: { file, written } }: MessageEvent<{ file: File; written: number }>) => {
  try {
    const storage = opfsDirectory(await navigator.storage.getDirectory());
    const pieces = readPieces(blobFiles(new Map([['model', file]])), 'model', 0, file.size, pieceBytes);
    await storage.write('copy', firstBytes(pieces, written));
    await storage.remove('copy');
    self.postMessage('done');
  } catch (thrown) {
    self.postMessage(String(thrown));
  }
};
