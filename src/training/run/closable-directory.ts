import { AppError } from '../../errors.ts';
import type { Directory, Parts } from '../../files/directory.ts';
import type { Bytes } from '../../files/source.ts';

export interface ClosableDirectory {
  readonly open: Directory;
  /** Resolves when nothing of it writes any more. Files that were not whole are not written. */
  close(): Promise<void>;
}

/**
 * A directory that nothing is written into once it is closed, whoever still holds it: of a run whose device was lost
 * something may wake up when the run goes on elsewhere already.
 */
export function closableDirectory(directory: Directory): ClosableDirectory {
  let isClosed = false;
  const underWay = new Map<Promise<void>, () => void>();
  const gone = () => new AppError('internal', { reason: 'the run goes on elsewhere' });
  async function unlessClosed(change: (closed: Promise<never>) => Promise<void>): Promise<void> {
    if (isClosed) throw gone();
    let stop = () => {};
    const closed = new Promise<never>((_, reject) => {
      stop = () => reject(gone());
    });
    closed.catch(() => {});
    const changing = change(closed);
    underWay.set(changing, stop);
    try {
      await changing;
    } finally {
      underWay.delete(changing);
    }
  }
  const open: Directory = {
    read: (path, start, end) => directory.read(path, start, end),
    size: (path) => directory.size(path),
    list: (path) => directory.list(path),
    exists: (path) => directory.exists(path),
    write: (path, parts) => unlessClosed((closed) => directory.write(path, partsUntil(closed, parts))),
    append: (path, bytes) => unlessClosed(() => directory.append(path, bytes)),
    remove: (path) => unlessClosed(() => directory.remove(path)),
  };
  return {
    open,
    async close() {
      isClosed = true;
      for (const stop of underWay.values()) stop();
      await Promise.allSettled(underWay.keys());
    },
  };
}

/** Parts as they come, which a device that is lost may never send. */
async function* partsUntil(closed: Promise<never>, parts: Parts): AsyncGenerator<Bytes> {
  const each = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
  for (;;) {
    const { done, value } = await Promise.race([each.next(), closed]);
    if (done) break;
    yield value;
  }
  // Unless it was closed while the last part was written.
  await Promise.race([closed, Promise.resolve()]);
}
