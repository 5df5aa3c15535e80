import { AppError } from '../errors.ts';
import { type Bytes, decodeText, type ModelFiles } from './source.ts';

/** The folder that all paths share, with its `/`; empty where there is none. */
function commonFolder(paths: readonly string[]): string {
  const first = paths[0];
  if (first === undefined) return '';
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  while (folder !== '' && !paths.every((path) => path.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
  }
  return folder;
}

/**
 * Files that the visitor dropped or chose. A folder they all lie in is left out of the paths, because a dropped folder
 * arrives as `my-model/config.json` and the readers ask for `config.json`.
 */
export function blobFiles(blobs: ReadonlyMap<string, Blob>, name?: string): ModelFiles {
  const folder = commonFolder([...blobs.keys()]);
  const byPath = new Map([...blobs].map(([path, blob]) => [path.slice(folder.length), blob]));
  const loose = [...byPath.keys()];
  // Of files that lie nowhere together the weights give the name.
  const label =
    name ??
    (folder.replace(/\/$/, '') || (loose.find((path) => /\.(safetensors|bin)$/.test(path)) ?? loose.join(', ')));

  const find = (path: string): Blob => {
    const blob = byPath.get(path);
    if (!blob) throw new AppError('file-missing', { file: path });
    return blob;
  };
  const read: ModelFiles['read'] = async (path, start = 0, end) => {
    const blob = find(path);
    try {
      return await bytesOf(blob.slice(start, end ?? blob.size));
    } catch (cause) {
      // The browser throws NotReadableError when a chosen file was moved or changed on disk since.
      throw new AppError('file-missing', { file: path }, { cause });
    }
  };
  return {
    describe: () => label,
    list: async () => [...byPath].map(([path, blob]) => ({ path, size: blob.size })),
    has: async (path) => byPath.has(path),
    size: async (path) => find(path).size,
    read,
    text: async (path) => decodeText(await read(path)),
  };
}

/** From here on a range is worth a stream. */
const streamed = 1 << 20;

/** Straight into memory of its own, where the browser can: a blob's `arrayBuffer` puts the pieces together once more. */
async function bytesOf(blob: Blob): Promise<Bytes> {
  const reader = blob.size < streamed ? undefined : ownBufferReader(blob);
  if (!reader) return new Uint8Array(await blob.arrayBuffer());
  let bytes = new Uint8Array(blob.size);
  for (let at = 0; at < bytes.length; ) {
    const { value } = await reader.read(bytes.subarray(at));
    if (!value?.length) throw new DOMException('the file ends early', 'NotReadableError');
    bytes = new Uint8Array(value.buffer);
    at += value.length;
  }
  return bytes;
}

/** Undefined where blobs have no streams of bytes. */
function ownBufferReader(blob: Blob): ReadableStreamBYOBReader | undefined {
  try {
    return blob.stream().getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}
