import { AppError } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';

/**
 * A directory that nothing is written into once it is closed, whoever still holds it: of a run whose device was lost
 * something may wake up when the run goes on elsewhere already.
 */
export function closableDirectory(directory: Directory): { readonly open: Directory; close(): void } {
  let isClosed = false;
  const requireOpen = () => {
    if (isClosed) throw new AppError('internal', { reason: 'the run goes on elsewhere' });
  };
  const open: Directory = {
    read: (path, start, end) => directory.read(path, start, end),
    size: (path) => directory.size(path),
    list: (path) => directory.list(path),
    exists: (path) => directory.exists(path),
    async write(path, parts) {
      requireOpen();
      await directory.write(path, whileOpen(parts, requireOpen));
    },
    async append(path, bytes) {
      requireOpen();
      await directory.append(path, bytes);
    },
    async remove(path) {
      requireOpen();
      await directory.remove(path);
    },
  };
  return {
    open,
    close() {
      isClosed = true;
    },
  };
}

/** A file whose last part comes too late is not written. */
async function* whileOpen(parts: Parameters<Directory['write']>[1], requireOpen: () => void) {
  for await (const part of parts) {
    requireOpen();
    yield part;
  }
  requireOpen();
}
