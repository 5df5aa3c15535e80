import { type Directory, safeName } from './directory.ts';
import type { Bytes } from './source.ts';
import { atOnce, type Turn } from './turns.ts';

/** One file of one model as the Hub published it; `version` changes with the contents. */
export interface CacheKey {
  readonly model: string;
  readonly path: string;
  readonly version: string;
}

export interface CachedFile extends CacheKey {
  readonly bytes: number;
  /** False for a download that was broken off and can be taken up again. */
  readonly complete: boolean;
}

/** Downloaded files, kept between visits. */
export interface ByteCache {
  held(key: CacheKey): Promise<{ bytes: number; complete: boolean }>;
  /** @throws AppError `storage-full`; what is held stays. */
  append(key: CacheKey, bytes: Bytes): Promise<void>;
  /** Marks a file as whole and verified. */
  finish(key: CacheKey): Promise<void>;
  /** Takes the place of what is held, whole or not at all. */
  replace(key: CacheKey, bytes: Bytes): Promise<void>;
  read(key: CacheKey, start?: number, end?: number): Promise<Bytes>;
  remove(key: CacheKey): Promise<void>;
  list(): Promise<CachedFile[]>;
  removeModel(model: string): Promise<void>;
  clear(): Promise<void>;
  /** Does something with a file while nobody else does the like, also in another tab. */
  alone<T>(key: CacheKey, task: () => Promise<T>, waits: () => void, signal?: AbortSignal): Promise<T>;
}

const verifiedMark = '.verified';
/** What earlier versions marked as whole without reckoning the hash of every file: verified when it is next asked for. */
const earlierMark = '.done';
const marks = [verifiedMark, earlierMark];
const isMark = (name: string) => marks.some((mark) => name.endsWith(mark));

/**
 * A cache in a directory (the browser's own storage, a disk folder, memory): a folder a model, a file `path@version` for
 * each file, and an empty `.verified` beside it once it is whole.
 * @param turn lets one at a time work on a file, of all that share the directory
 */
export function directoryCache(directory: Directory, turn: Turn = atOnce): ByteCache {
  const locate = ({ model, path, version }: CacheKey) => `${safeName(model)}/${safeName(path)}@${safeName(version)}`;
  const folders = async () => (await directory.list('')).filter(({ kind }) => kind === 'folder');

  const listModel = async (folder: string): Promise<CachedFile[]> => {
    const names = (await directory.list(folder)).map(({ name }) => name);
    const done = new Set(names.filter(isMark));
    // Names with a dot first are bookkeeping (a model's listing), not files of the model.
    const files = names.filter((name) => name.includes('@') && !isMark(name) && !name.startsWith('.'));
    return Promise.all(
      files.map(async (name) => {
        const [path, version] = name.split('@').map(decodeURIComponent) as [string, string];
        const bytes = await directory.size(`${folder}/${name}`);
        return {
          model: decodeURIComponent(folder),
          path,
          version,
          bytes,
          complete: marks.some((mark) => done.has(name + mark)),
        };
      }),
    );
  };

  return {
    async held(key) {
      const file = locate(key);
      if (!(await directory.exists(file))) return { bytes: 0, complete: false };
      return { bytes: await directory.size(file), complete: await directory.exists(file + verifiedMark) };
    },
    append: (key, bytes) => directory.append(locate(key), bytes),
    async finish(key) {
      // An empty published file was never appended to.
      if (!(await directory.exists(locate(key)))) await directory.write(locate(key), []);
      await directory.write(locate(key) + verifiedMark, []);
    },
    replace: (key, bytes) => directory.write(locate(key), [bytes]),
    read: (key, start, end) => directory.read(locate(key), start, end),
    async remove(key) {
      for (const mark of marks) await directory.remove(locate(key) + mark);
      await directory.remove(locate(key));
    },
    async list() {
      const files = (await Promise.all((await folders()).map(({ name }) => listModel(name)))).flat();
      const place = ({ model, path }: CachedFile) => `${model}/${path}`;
      return files.sort((a, b) => (place(a) < place(b) ? -1 : 1));
    },
    removeModel: (model) => directory.remove(safeName(model)),
    async clear() {
      for (const { name } of await folders()) await directory.remove(name);
    },
    alone: (key, task, waits, signal) => turn(`atelier-cache ${locate(key)}`, task, waits, signal),
  };
}
