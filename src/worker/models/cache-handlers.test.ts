import { expect, test, vi } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import type { Workshop } from '../workshop.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
const { cacheHandlers, modelCache } = await import('./cache-handlers.ts');

const repository = 'hub/owner/name';
const published = ['config.json', 'model.safetensors', 'm-Q8_0.gguf', 'm-Q4_0.gguf', '.listing'];

async function kept() {
  const storage = memoryDirectory();
  const cache = modelCache(storage);
  const keyOf = (path: string, version = 'v1') => ({ model: repository, path, version });
  const keys = [...published.map((path) => keyOf(path)), keyOf('m-Q8_0.gguf', 'v0')];
  for (const key of keys) {
    await cache.append(key, new Uint8Array(3));
    await cache.finish(key);
  }
  const { cachedModels, removeCachedModel } = cacheHandlers({ storage: async () => storage } as unknown as Workshop);
  const listed = async () => (await cachedModels({})).models;
  return { storage, listed, remove: (model: string) => removeCachedModel({ model }) };
}

test.each([[[0, 1, 2]], [[1, 0, 2]], [[2, 1, 0]]])(
  'of the models of a repository those that are chosen are removed, and no other (%j)',
  async (order) => {
    const { storage, listed, remove } = await kept();
    let left = [
      { model: repository, bytes: 6, complete: true },
      { model: `${repository}/m-Q4_0.gguf`, bytes: 3, complete: true },
      { model: `${repository}/m-Q8_0.gguf`, bytes: 6, complete: true },
    ];
    const all = left;
    for (const each of order) {
      expect((await listed()).toSorted((a, b) => (a.model < b.model ? -1 : 1))).toEqual(left);
      await remove(all[each]!.model);
      left = left.filter((model) => model !== all[each]);
    }
    expect(await storage.list('')).toEqual([]);
  },
);
