/** A bottleneck adapter as AdapterHub's `adapters` saves it, with the head of a classifier beside it. */
import { AppError } from '../errors.ts';
import { adapterHubFiles, type HeadFacts } from '../files/adapterhub.ts';
import { labelsName } from '../files/peft.ts';
import { autoClass } from '../models/heads.ts';
import type { ClassifierHead } from '../models/model.ts';
import { labelConfig } from '../models/sequence-classifier.ts';
import type { Adapter } from '../tuning/method.ts';
import { adapterTensors } from './adapter-tensors.ts';
import { askingCode, loadOptions } from './code.ts';
import { script } from './prompt-code.ts';
import { call, python } from './python.ts';
import { baseInCode, type ReadmeWords, readmeFile } from './readme.ts';
import type { RunStory } from './run-story.ts';
import type { Target, Tuned } from './target.ts';
import { jsonFile } from './weight-tensors.ts';

/** What this library computes and PEFT does not. */
export const adapterHubMethods: ReadonlySet<string> = new Set(['series-adapter', 'parallel-adapter']);

export const adapterhub: Target = {
  file: 'adapter.zip',
  holds: 'trained',
  refuses: ({ method }) =>
    adapterHubMethods.has(method) ? undefined : new AppError('export-unfit', { target: 'adapterhub', method }),
  async write(run) {
    const tuned = await run.tuned();
    const { base, baseName, tuning } = tuned;
    const adapter = tuning.adapter!;
    const [read, story] = [await run.values(), await run.story()];
    const tensors = await adapterTensors(adapter, read);
    for (const { name, shape } of base.model.parameters)
      if (tuning.trained.has(name)) tensors.set(name, { shape, data: await read(name) });
    const { classifier } = base.model;
    const config = { ...adapter.peftConfig, model_name: baseName ?? '' };
    const files = adapterHubFiles({ config, tensors }, classifier && headFacts(classifier));
    const readme = await readmeFile(tuned, story, words(tuned, adapter, story));
    return [...files, readme, ...(classifier ? [jsonFile(labelsName, labelConfig(classifier))] : [])];
  },
};

function words({ base: { model }, baseName }: Tuned, adapter: Adapter, story: RunStory): ReadmeWords {
  const name = baseInCode(baseName);
  const load = String(adapter.peftConfig.model_class || autoClass(model));
  return {
    ...{ library: 'adapters', relation: 'adapter', title: `${adapter.title} adapter`, summary: adapter.summary },
    tags: ['adapter-transformers', String(adapter.peftConfig.model_type)],
    packages: ['adapters'],
    code: script(
      ['import adapters', `from transformers import ${load}, AutoTokenizer`],
      [
        call(`model = ${load}.from_pretrained`, loadOptions(model, name, story.revision)),
        `tokenizer = AutoTokenizer.from_pretrained(${python(name)})`,
        'adapters.init(model)',
        'model.load_adapter("path/to/this/folder", set_active=True, use_safetensors=True)',
        'model.eval()',
      ],
      askingCode(model, story),
    ),
  };
}

function headFacts(classifier: ClassifierHead): HeadFacts {
  const { label2id } = labelConfig(classifier) as Pick<HeadFacts, 'label2id'>;
  return { label2id, num_labels: classifier.outputs };
}
