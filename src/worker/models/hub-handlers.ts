import { AppError } from '../../errors.ts';
import { readHubConfig, searchModels } from '../../files/hub.ts';
import { pause } from '../../files/hub-patience.ts';
import { elementCount } from '../../graph/types.ts';
import { imageModelTypes, supportedModelTypes } from '../../models/registry.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import { modelFromConfigAlone, planRun } from '../../training/session/plan-run.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { modelCache } from './cache-handlers.ts';
import { hubModel } from './model-files.ts';

type HubHandlers = Pick<Handlers, 'searchModels' | 'estimateHubModel' | 'inspectModel' | 'stopDownload'>;

const mostFound = 12;

/** Looking at a Hub before anything large is read. */
export function hubHandlers(workshop: Workshop): HubHandlers {
  return {
    async searchModels({ query, ...place }) {
      const types = [...supportedModelTypes, ...imageModelTypes];
      return { models: await searchModels(query, workshop.hub.access(place, 'search'), types, mostFound) };
    },

    async estimateHubModel({ id, config, ...place }) {
      const published = modelFromConfigAlone(await readHubConfig(id, 'main', workshop.hub.access(place, 'search')));
      const { model, dtypes } = published;
      const profile = await workshop.executors.profile(config.environment.executor);
      const { step } = planRun(usualLora(parseRunConfig(config)), { ...published, profile });
      const [first] = model.parameters;
      return {
        parameters: model.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
        dtype: first ? dtypes(first.name) : '',
        peakBytes: step.peakBytes,
      };
    },

    async inspectModel({ source }) {
      const storage = await workshop.storage();
      const hub = await hubModel(workshop, source, 'search');
      const held = new Map(
        (await modelCache(storage).list())
          .filter(({ model }) => model.endsWith(`/${source.id}`))
          .map(({ path, bytes }) => [path, bytes]),
      );
      const files = await Promise.all(
        hub.neededFiles().map(async (path) => ({
          path,
          bytes: await hub.size(path),
          heldBytes: held.get(path) ?? 0,
        })),
      );
      const sum = (of: (file: (typeof files)[number]) => number) => files.reduce((all, file) => all + of(file), 0);
      return { files, bytes: sum(({ bytes }) => bytes), heldBytes: sum(({ heldBytes }) => heldBytes) };
    },

    async stopDownload({ purpose }) {
      workshop.hub.stop(purpose);
      if (purpose !== 'model') return {};
      workshop.download?.abort(new AppError('hub-cancelled'));
      workshop.download = null;
      // What came is stored first, so that it is listed as kept; what hangs elsewhere is not waited for.
      await Promise.race([workshop.opening, pause(1000, undefined)]);
      return {};
    },
  };
}

/** What a newcomer to the model would train; ticks of the open model name parameters that another may not have. */
function usualLora(config: RunConfig): RunConfig {
  const places = {
    train_parameters: [],
    lora_target_modules: 'all-linear',
    layers_to_transform: [],
    modules_to_save: [],
  };
  return { ...config, tuning: { ...config.tuning, ...places, method: 'lora' } };
}
