import { AppError } from '../errors.ts';
import type { Directory } from './directory.ts';
import type { Bytes } from './source.ts';

/**
 * A directory in memory: for tests, and where a browser offers no storage of its own (private windows).
 * @param roomBytes what it may hold; beyond it writes are refused as a full disk would.
 */
export function memoryDirectory(roomBytes = Number.POSITIVE_INFINITY): Directory {
  const files = new Map<string, MemoryFile>();
  const find = (path: string): MemoryFile => {
    const file = files.get(path);
    if (!file) throw new AppError('file-missing', { file: path });
    return file;
  };
  const requireRoom = (more: number) => {
    let held = more;
    for (const { size } of files.values()) held += size;
    if (held > roomBytes) throw new AppError('storage-full', { bytes: more });
  };
  return {
    read: async (path, start, end) => find(path).read(start, end),
    size: async (path) => find(path).size,
    async write(path, parts) {
      const file = new MemoryFile();
      for await (const part of parts) {
        requireRoom(file.size + part.length - (files.get(path)?.size ?? 0));
        file.append(part);
      }
      files.set(path, file);
    },
    async append(path, bytes) {
      requireRoom(bytes.length);
      const file = files.get(path) ?? new MemoryFile();
      file.append(bytes);
      files.set(path, file);
    },
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

/** Bytes as they came, piece by piece: neither a large file nor one that grows is ever copied as a whole. */
class MemoryFile {
  private readonly parts: Bytes[] = [];
  size = 0;

  /** Takes a copy: whoever writes may use its buffer for the next piece. */
  append(bytes: Uint8Array): void {
    this.parts.push(bytes.slice());
    this.size += bytes.length;
  }

  read(start = 0, end = this.size): Bytes {
    const last = Math.min(end, this.size);
    const found = new Uint8Array(Math.max(0, last - start));
    let at = 0;
    for (const part of this.parts) {
      const from = Math.max(start - at, 0);
      const until = Math.min(last - at, part.length);
      if (from < until) found.set(part.subarray(from, until), at + from - start);
      at += part.length;
    }
    return found;
  }
}
