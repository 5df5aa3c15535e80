import { AppError } from '../errors.ts';
import type { Directory } from './directory.ts';
import { type Bytes, joinBytes } from './source.ts';

/**
 * A directory in memory: for tests, and where a browser offers no storage of its own (private windows).
 * @param roomBytes what it may hold; beyond it writes are refused as a full disk would.
 */
export function memoryDirectory(roomBytes = Number.POSITIVE_INFINITY): Directory {
  const files = new Map<string, Bytes>();
  const find = (path: string): Bytes => {
    const bytes = files.get(path);
    if (!bytes) throw new AppError('file-missing', { file: path });
    return bytes;
  };
  const store = (path: string, bytes: Bytes) => {
    let held = bytes.length - (files.get(path)?.length ?? 0);
    for (const other of files.values()) held += other.length;
    if (held > roomBytes) throw new AppError('storage-full', { bytes: bytes.length });
    files.set(path, bytes);
  };
  return {
    read: async (path, start, end) => find(path).slice(start, end),
    size: async (path) => find(path).length,
    async write(path, parts) {
      const collected: Bytes[] = [];
      for await (const part of parts) collected.push(part);
      store(path, joinBytes(collected));
    },
    append: async (path, bytes) => store(path, joinBytes([files.get(path) ?? new Uint8Array(0), bytes])),
    async list(path) {
      const folder = path === '' ? '' : `${path}/`;
      const found = new Map<string, 'file' | 'folder'>();
      for (const file of files.keys()) {
        if (!file.startsWith(folder)) continue;
        const [name, ...below] = file.slice(folder.length).split('/');
        found.set(name!, below.length > 0 ? 'folder' : 'file');
      }
      return [...found].map(([name, kind]) => ({ name, kind }));
    },
    async remove(path) {
      for (const file of [...files.keys()]) if (file === path || file.startsWith(`${path}/`)) files.delete(file);
    },
    exists: async (path) => files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`)),
  };
}
