import { type Directory, safeName } from './directory.ts';
import type { Bytes } from './source.ts';

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
  /** Marks a file as whole. */
  finish(key: CacheKey): Promise<void>;
  read(key: CacheKey, start?: number, end?: number): Promise<Bytes>;
  remove(key: CacheKey): Promise<void>;
  list(): Promise<CachedFile[]>;
  removeModel(model: string): Promise<void>;
  clear(): Promise<void>;
}

const doneMark = '.done';

/**
 * A cache in a directory (the browser's own storage, a disk folder, memory): a folder a model, a file `path@version` for
 * each file, and an empty `.done` beside it once it is whole.
 */
export function directoryCache(directory: Directory): ByteCache {
  const locate = ({ model, path, version }: CacheKey) => `${safeName(model)}/${safeName(path)}@${safeName(version)}`;
  const folders = async () => (await directory.list('')).filter(({ kind }) => kind === 'folder');

  const listModel = async (folder: string): Promise<CachedFile[]> => {
    const names = (await directory.list(folder)).map(({ name }) => name);
    const done = new Set(names.filter((name) => name.endsWith(doneMark)));
    // Names with a dot first are bookkeeping (a model's listing), not files of the model.
    const files = names.filter((name) => name.includes('@') && !name.endsWith(doneMark) && !name.startsWith('.'));
    return Promise.all(
      files.map(async (name) => {
        const [path, version] = name.split('@').map(decodeURIComponent) as [string, string];
        const bytes = await directory.size(`${folder}/${name}`);
        return { model: decodeURIComponent(folder), path, version, bytes, complete: done.has(name + doneMark) };
      }),
    );
  };

  return {
    async held(key) {
      const file = locate(key);
      if (!(await directory.exists(file))) return { bytes: 0, complete: false };
      return { bytes: await directory.size(file), complete: await directory.exists(file + doneMark) };
    },
    append: (key, bytes) => directory.append(locate(key), bytes),
    async finish(key) {
      // An empty published file was never appended to.
      if (!(await directory.exists(locate(key)))) await directory.write(locate(key), []);
      await directory.write(locate(key) + doneMark, []);
    },
    read: (key, start, end) => directory.read(locate(key), start, end),
    async remove(key) {
      await directory.remove(locate(key) + doneMark);
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
  };
}
