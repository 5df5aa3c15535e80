/** An adapter as PEFT saves it: `adapter_config.json`, `adapter_model.safetensors`, `README.md`. */
import { AppError } from '../errors.ts';
import { labelsName, type PeftAdapter, peftFiles, type TensorToSave } from '../files/peft.ts';
import { autoClass, embedderOf, headKind } from '../models/heads.ts';
import { type Model, type ParameterInfo, tiedHeadModule } from '../models/model.ts';
import { labelConfig } from '../models/sequence-classifier.ts';
import type { Adapter, ReadValues } from '../tuning/method.ts';
import { isInside } from '../tuning/resolve.ts';
import { headModules } from '../tuning/target-modules.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { adapterTensors } from './adapter-tensors.ts';
import { adapterHubMethods } from './adapterhub.ts';
import { askingCode, askingImports, inputMaker, loadOptions } from './code.ts';
import { script } from './prompt-code.ts';
import { call, python } from './python.ts';
import { baseInCode, type ReadmeWords, readmeFile } from './readme.ts';
import type { RunStory } from './run-story.ts';
import { sentenceCode } from './sentence-files.ts';
import type { StreamedFile, Target, Tuned } from './target.ts';
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
    const adapter = tuned.tuning.adapter!;
    const story = await run.story();
    const files = await savedAdapter(tuned, adapter, await run.values());
    return [...files, await readmeFile(tuned, story, peftWords(tuned, adapter, story))];
  },
};

/** All but the README. PEFT's config has no place for the names of classes, which therefore lie beside it. */
export async function savedAdapter(tuned: Tuned, adapter: Adapter, read: ReadValues): Promise<StreamedFile[]> {
  const { classifier } = tuned.base.model;
  const files = peftFiles(configOf(tuned, adapter), await tensorsOf(tuned, adapter, read));
  return classifier ? [...files, jsonFile(labelsName, labelConfig(classifier))] : files;
}

/** What the README of an adapter that PEFT loads says of it. */
export function peftWords(
  { base: { model }, baseName }: Tuned,
  { title, summary, peftConfig }: Pick<Adapter, 'title' | 'summary' | 'peftConfig'>,
  story: RunStory,
): ReadmeWords {
  const name = baseInCode(baseName);
  const load = autoClass(model);
  const inputs = inputMaker(model);
  const shared = { library: 'peft', relation: 'adapter', title: `${title} adapter`, summary } as const;
  const type = String(peftConfig.peft_type).toLowerCase();
  if (embedderOf(model))
    return {
      ...{ ...shared, tags: [type, 'sentence-transformers'] },
      packages: ['sentence-transformers', 'peft', 'transformers'],
      code: script(
        ['from peft import PeftModel', ...sentenceCode.imports],
        // Its own load_adapter leaves out DoRA's magnitudes and refuses VeRA.
        [
          sentenceCode.load(name, story.revision),
          'model[0].model = PeftModel.from_pretrained(model[0].model, "path/to/this/folder")',
        ],
        sentenceCode.ask,
      ),
    };
  return {
    ...shared,
    tags: [type, 'transformers'],
    packages: ['peft', 'transformers'],
    code: script(
      [
        'from peft import PeftModel',
        ...askingImports(model),
        `from transformers import ${[load, inputs.load].sort().join(', ')}`,
      ],
      [
        call(`base = ${load}.from_pretrained`, loadOptions(model, name, story.revision)),
        `${inputs.name} = ${inputs.load}.from_pretrained(${python(name)})`,
        'model = PeftModel.from_pretrained(base, "path/to/this/folder").eval()',
      ],
      askingCode(model, story),
    ),
  };
}

/** The adapter's tensors, and base parameters that were trained beside it or are in no file, as saved modules. */
async function tensorsOf({ base, tuning }: Tuned, adapter: Adapter, read: ReadValues) {
  const tensors = new Map<string, TensorToSave>(await adapterTensors(adapter, read));
  const saved = modulesSaved(base, tuning, adapter);
  for (const { name, shape, module, own } of parametersInPeft(base, tuning)) {
    if (own === undefined && ![...saved].some((path) => isWithin(module, path))) continue;
    // Of an adapted module it lies in the `base_layer`.
    const key = adapter.modules.has(module) ? `${module}.base_layer${name.slice(module.length)}` : name;
    tensors.set(key, { shape, data: () => (own === undefined ? publishedFloats(base, name) : read(own)) });
  }
  return tensors;
}

function configOf({ base, baseName, tuning }: Tuned, adapter: Adapter): PeftAdapter['config'] {
  return {
    auto_mapping: baseClass(base.model),
    base_model_name_or_path: baseName,
    inference_mode: true,
    modules_to_save: modulesToSave(base.model, modulesSaved(base, tuning, adapter)),
    revision: null,
    task_type: headKind(base.model).taskType,
    ...adapter.peftConfig,
  };
}

/** What PEFT says of a base for which it has no task type. */
function baseClass({ masked, modelType }: Model): PeftAdapter['config'] | null {
  if (!masked) return null;
  const module = modelType.replaceAll('-', '_');
  return { base_model_class: masked.architecture, parent_library: `transformers.models.${module}.modeling_${module}` };
}

interface PeftParameter extends ParameterInfo {
  /** What the run calls its values, where only the run has them: it was trained, or drawn because the published weights lack it. */
  readonly own?: string;
}

/**
 * The parameters as PEFT has them. It copies the modules that it saves, so that a head that is tied to a saved table stays
 * at the published one: where the head is other than published, it is a parameter of its own.
 */
function parametersInPeft({ model, fresh }: Tuned['base'], { trained, tiedHead }: Tuning): PeftParameter[] {
  const tied = tiedHeadModule(model);
  return model.parameters.flatMap((info): PeftParameter[] => {
    const isOwn = trained.has(info.name) || fresh.has(info.name);
    const parameter = isOwn ? { ...info, own: info.name } : info;
    if (tied === undefined || info.name !== model.headParameter) return [parameter];
    const head = { ...info, name: `${tied}.weight`, module: tied };
    if (tiedHead === 'own') return [parameter, { ...head, own: head.name }];
    return isOwn && tiedHead === undefined ? [parameter, { ...head, own: info.name }] : [parameter];
  });
}

/**
 * The modules that PEFT is to keep a copy of. It wants every tensor of a module that it saves; biases alone have a setting
 * of their own, and an adapted module keeps what it had.
 */
function modulesSaved(base: Tuned['base'], tuning: Tuning, { modules, peftConfig }: Adapter): Set<string> {
  const saved = parametersInPeft(base, tuning).flatMap(({ name, module, own }) => {
    const hasOtherPlace = modules.has(module) || (peftConfig.bias === 'all' && name.endsWith('.bias'));
    return own === undefined || hasOtherPlace ? [] : [module];
  });
  // What lies in a saved module is saved with it.
  return new Set(saved.filter((module) => !saved.some((path) => path !== module && isWithin(module, path))));
}

const isWithin = (module: string, path: string): boolean => module === path || module.startsWith(`${path}.`);

/** As PEFT writes them: for a classifier of texts the names of its head, of whatever architecture, come first. */
function modulesToSave(model: Model, saved: ReadonlySet<string>): string[] | null {
  if (!model.classifier || headKind(model).taskType === null) return saved.size > 0 ? [...saved].sort() : null;
  return [...headModules, ...[...saved].filter((path) => !headModules.some((head) => isInside(path, head))).sort()];
}
