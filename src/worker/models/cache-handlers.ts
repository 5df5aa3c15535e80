import { type CachedFile, directoryCache } from '../../files/cache.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { isGguf } from '../../files/needed-files.ts';
import { turnsOfTabs } from '../../files/turns.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import type { CachedModel } from './messages.ts';

/** Downloaded models, in the browser's storage. */
export const modelCache = (storage: Directory) => directoryCache(subdirectory(storage, 'models'), turnsOfTabs());

/** Each GGUF file of a repository is a model. */
const listedAs = ({ model, path }: CachedFile): string => (isGguf(path) ? `${model}/${path}` : model);
const weights = /\.(safetensors|bin)$/;

/** What was downloaded before: listed on the first screen, so it needs nothing that can read a model. */
export function cacheHandlers(workshop: Workshop): Pick<Handlers, 'cachedModels' | 'removeCachedModel'> {
  const cache = async () => modelCache(await workshop.storage());
  return {
    async cachedModels() {
      const models = new Map<string, CachedModel>();
      const files = await (await cache()).list();
      // The weights come last: without them the download was broken off.
      const withWeights = new Set(files.filter(({ path }) => weights.test(path)).map(({ model }) => model));
      for (const file of files) {
        const { path, bytes, complete } = file;
        const model = listedAs(file);
        if (isGguf(path)) withWeights.add(model);
        const before = models.get(model) ?? { model, bytes: 0, complete: withWeights.has(model) };
        models.set(model, { model, bytes: before.bytes + bytes, complete: before.complete && complete });
      }
      return { models: [...models.values()] };
    },

    async removeCachedModel({ model }) {
      const kept = await cache();
      const files = await kept.list();
      const removed = files.filter((file) => listedAs(file) === model);
      for (const file of removed) await kept.remove(file);
      // With a repository's last file what is known of it goes, too.
      const others = new Set(files.filter((file) => !removed.includes(file)).map((file) => file.model));
      for (const repository of new Set(removed.map((file) => file.model)))
        if (!others.has(repository)) await kept.removeModel(repository);
      return {};
    },
  };
}
