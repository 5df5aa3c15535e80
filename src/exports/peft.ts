/** An adapter as PEFT saves it: `adapter_config.json`, `adapter_model.safetensors`, `README.md`. */
import { AppError } from '../errors.ts';
import { labelsName, type PeftAdapter, peftFiles } from '../files/peft.ts';
import { autoClass, headKind } from '../models/heads.ts';
import { type Model, type ParameterInfo, tiedHeadModule } from '../models/model.ts';
import { labelConfig } from '../models/sequence-classifier.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import { isInside } from '../tuning/resolve.ts';
import { headModules } from '../tuning/target-modules.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { adapterTensors } from './adapter-tensors.ts';
import { adapterHubMethods } from './adapterhub.ts';
import type { Target, Tuned } from './target.ts';
import { jsonFile, publishedFloats } from './weight-tensors.ts';

export const peft: Target = {
  file: 'adapter.zip',
  holds: 'trained',
  refuses: ({ method }) =>
    method === 'full' || adapterHubMethods.has(method)
      ? new AppError('export-unfit', { target: 'peft', method })
      : undefined,
  async write(run) {
    const tuned = await run.tuned();
    const { classifier } = tuned.base.model;
    const adapter = tuned.tuning.adapter!;
    const files = peftFiles(await collected(tuned, adapter, await run.values()), {
      ...adapter,
      ...cardOf(tuned.base.model),
    });
    // PEFT's config has no place for the names of classes.
    return classifier ? [...files, jsonFile(labelsName, labelConfig(classifier))] : files;
  },
};

/** How the base is loaded, and what it then does. */
const cardOf = (model: Model) => ({ autoClass: autoClass(model), pipeline: headKind(model).pipeline });

/** The adapter's tensors, and base parameters that were trained beside it as saved modules. */
async function collected({ base, baseName, tuning }: Tuned, adapter: Adapter, read: ReadValues): Promise<PeftAdapter> {
  const tensors = await adapterTensors(adapter, read);
  const saved = modulesSaved(base.model, tuning, adapter);
  for (const info of base.model.parameters) {
    const { name, shape, module } = info;
    const isTrained = tuning.trained.has(name);
    if (!isTrained && !saved.has(module)) continue;
    const data = isTrained || base.fresh.has(name) ? await read(name) : await publishedFloats(base, name);
    for (const key of savedKeys(base.model, info, adapter)) tensors.set(key, { shape, data });
  }
  const config = {
    auto_mapping: null,
    base_model_name_or_path: baseName,
    inference_mode: true,
    modules_to_save: modulesToSave(base.model, saved),
    revision: null,
    task_type: headKind(base.model).taskType,
    ...adapter.peftConfig,
  };
  return { config, tensors };
}

/**
 * The modules that PEFT is to keep a copy of. It wants every tensor of a module that it saves; biases alone have a setting
 * of their own, and an adapted module keeps what it had.
 */
function modulesSaved(model: Model, { trained }: Tuning, { modules, peftConfig }: Adapter): Set<string> {
  const tied = tiedHeadModule(model);
  const saved = model.parameters.flatMap(({ name, module }) => {
    if (!trained.has(name) || modules.has(module)) return [];
    if (peftConfig.bias === 'all' && name.endsWith('.bias')) return [];
    return tied && name === model.headParameter && !modules.has(tied) ? [module, tied] : [module];
  });
  return new Set(saved);
}

/**
 * What PEFT calls a parameter that is saved beside the adapter. Of an adapted module it lies in the `base_layer`. A table
 * that the head is tied to goes under the names of both, because PEFT would keep the head at the published table.
 */
function savedKeys(model: Model, { name, module }: ParameterInfo, { modules }: Adapter): string[] {
  const tied = name === model.headParameter ? tiedHeadModule(model) : undefined;
  return [module, ...(tied ? [tied] : [])].map((path) => {
    const tensor = name.slice(module.length + 1);
    return modules.has(path) ? `${path}.base_layer.${tensor}` : `${path}.${tensor}`;
  });
}

/** As PEFT writes them: for a classifier the names of its head, of whatever architecture, come first. */
function modulesToSave({ classifier }: Model, saved: ReadonlySet<string>): string[] | null {
  if (!classifier) return saved.size > 0 ? [...saved].sort() : null;
  return [...headModules, ...[...saved].filter((path) => !headModules.some((head) => isInside(path, head))).sort()];
}
