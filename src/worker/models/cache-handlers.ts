import { directoryCache } from '../../files/cache.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { turnsOfTabs } from '../../files/turns.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import type { CachedModel } from './messages.ts';

/** Downloaded models, in the browser's storage. */
export const modelCache = (storage: Directory) => directoryCache(subdirectory(storage, 'models'), turnsOfTabs());

const isGguf = (path: string): boolean => /\.gguf$/i.test(path);
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
      for (const { model: repository, path, bytes, complete } of files) {
        // Each GGUF file of a repository is a model.
        const model = isGguf(path) ? `${repository}/${path}` : repository;
        if (isGguf(path)) withWeights.add(model);
        const before = models.get(model) ?? { model, bytes: 0, complete: withWeights.has(model) };
        models.set(model, { model, bytes: before.bytes + bytes, complete: before.complete && complete });
      }
      return { models: [...models.values()] };
    },

    async removeCachedModel({ model }) {
      const kept = await cache();
      const files = await kept.list();
      const file = files.find(({ model: repository, path }) => isGguf(path) && `${repository}/${path}` === model);
      const isAlone = files.every((other) => other === file || other.model !== file?.model);
      if (file && !isAlone) await kept.remove(file);
      else await kept.removeModel(file?.model ?? model);
      return {};
    },
  };
}
