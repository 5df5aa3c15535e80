import { AppError } from '../../errors.ts';
import { type FoundModel, readHubConfig, searchModels, splitHubId } from '../../files/hub.ts';
import { pause } from '../../files/hub-patience.ts';
import { ggufModels, hasWeights, isGguf } from '../../files/needed-files.ts';
import { elementCount } from '../../graph/types.ts';
import { imageModelTypes, supportedModelTypes } from '../../models/registry.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import { modelFromConfigAlone, planRun, type RunPlanOptions } from '../../training/session/plan-run.ts';
import { runTime } from '../../training/session/run-time.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { modelCache } from './cache-handlers.ts';
import { ggufVariant } from './gguf-variants.ts';
import type { HubEstimate } from './messages.ts';
import { hubModel } from './model-files.ts';
import { shelf } from './shelf.ts';

type HubHandlers = Pick<
  Handlers,
  'searchModels' | 'shelvedModels' | 'estimateHubModel' | 'estimateShelved' | 'inspectModel' | 'stopDownload'
>;

const mostFound = 12;

/** Looking at a Hub before anything large is read. */
export function hubHandlers(workshop: Workshop): HubHandlers {
  async function estimate(published: unknown, config: RunConfig): Promise<HubEstimate> {
    const { model, ...weights } = modelFromConfigAlone(published);
    const profile = await workshop.executors.profile(config.environment.executor);
    const [first] = model.parameters;
    return {
      parameters: model.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
      dtype: first ? weights.dtypes(first.name) : '',
      ...costOf(usualLora(parseRunConfig(config)), { model, ...weights, profile }),
    };
  }
  return {
    async searchModels({ query, filter, ...place }) {
      const types = [...supportedModelTypes, ...imageModelTypes];
      return { models: await searchModels(query, workshop.hub.access(place, 'search'), types, mostFound, filter) };
    },

    shelvedModels: async () => ({ models: shelved }),

    async estimateHubModel({ id, config, ...place }) {
      return estimate(await readHubConfig(id, 'main', workshop.hub.access(place, 'search')), config);
    },

    estimateShelved: async ({ id, config }) => estimate(shelf.find((model) => model.id === id)?.config, config),

    async inspectModel({ source }) {
      const storage = await workshop.storage();
      const hub = await hubModel(workshop, source, 'search');
      const { repository, file } = splitHubId(source.id);
      const held = new Map(
        (await modelCache(storage).list())
          .filter(({ model }) => model.endsWith(`/${repository}`))
          .map(({ path, bytes }) => [path, bytes]),
      );
      const sized = async (path: string) => ({ path, bytes: await hub.size(path), heldBytes: held.get(path) ?? 0 });
      const paths = (await hub.list()).map(({ path }) => path);
      if (file === null && !hasWeights(paths) && ggufModels(paths).length > 0) {
        const found = paths.filter(isGguf);
        const variants = await Promise.all(
          found.map(async (path) => ({ ...(await sized(path)), ...ggufVariant(path) })),
        );
        variants.sort((a, b) => Number(a.refusal !== null) - Number(b.refusal !== null) || a.bytes - b.bytes);
        return { files: [], variants, bytes: 0, heldBytes: 0 };
      }
      const files = await Promise.all(hub.neededFiles().map(sized));
      const sum = (of: (file: (typeof files)[number]) => number) => files.reduce((all, file) => all + of(file), 0);
      return { files, variants: [], bytes: sum(({ bytes }) => bytes), heldBytes: sum(({ heldBytes }) => heldBytes) };
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

const shelved = shelf.map(({ id, gated, about, config }): FoundModel => {
  const modelType = String(config.model_type);
  return { id, gated, modelType, downloads: null, likes: 0, parameters: null, updated: null, about };
});

type Cost = Omit<HubEstimate, 'parameters' | 'dtype'>;

/**
 * What a run would cost. A model that just fits as it is fills more memory than a larger one that must compute its layers
 * again, so that models can only be held against each other by the least that each needs.
 */
export function costOf(config: RunConfig, options: RunPlanOptions): Cost {
  const plan = planRun(config, options);
  const seconds = runTime(plan, config, options.profile);
  const sparing = sparingOf(config);
  const least = plan.recomputed === 'blocks' ? plan : planRun(sparing, options);
  const peakBytes = Math.min(plan.step.peakBytes, least.step.peakBytes);
  const fits = peakBytes <= (options.profile.memoryBudget ?? Number.POSITIVE_INFINITY);
  return {
    peakBytes,
    fourBitBytes: fits ? null : fourBitBytes(sparing, options),
    rowSeconds: seconds.step / (config.training.batch_size * config.training.grad_accumulation),
    rowTokens: plan.length,
    measured: seconds.measured,
  };
}

function sparingOf(config: RunConfig): RunConfig {
  const { architecture } = config;
  if (architecture.gradient_checkpointing !== 'auto') return config;
  return { ...config, architecture: { ...architecture, gradient_checkpointing: 'on' } };
}

function fourBitBytes(config: RunConfig, options: RunPlanOptions): number | null {
  const { model } = config;
  if (model.weights !== 'as-published' && model.weights !== 'int8') return null;
  try {
    return planRun({ ...config, model: { ...model, weights: 'nf4' } }, options).step.peakBytes;
  } catch (thrown) {
    // Some models have no weight that can be kept in 4 bits.
    if (thrown instanceof AppError && thrown.code === 'nothing-quantised') return null;
    throw thrown;
  }
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
