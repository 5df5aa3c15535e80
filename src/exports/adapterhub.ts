/** A bottleneck adapter as AdapterHub's `adapters` saves it, with the head of a classifier beside it. */
import { AppError } from '../errors.ts';
import { adapterHubFiles, type HeadFacts } from '../files/adapterhub.ts';
import { labelsName } from '../files/peft.ts';
import type { ClassifierHead } from '../models/model.ts';
import { labelConfig } from '../models/sequence-classifier.ts';
import { adapterTensors } from './adapter-tensors.ts';
import type { Target } from './target.ts';
import { jsonFile } from './weight-tensors.ts';

/** What this library computes and PEFT does not. */
export const adapterHubMethods: ReadonlySet<string> = new Set(['series-adapter', 'parallel-adapter']);

export const adapterhub: Target = {
  file: 'adapter.zip',
  holds: 'trained',
  refuses: ({ method }) =>
    adapterHubMethods.has(method) ? undefined : new AppError('export-unfit', { target: 'adapterhub', method }),
  async write(run) {
    const { base, baseName, tuning } = await run.tuned();
    const adapter = tuning.adapter!;
    const read = await run.values();
    const tensors = await adapterTensors(adapter, read);
    for (const { name, shape } of base.model.parameters)
      if (tuning.trained.has(name)) tensors.set(name, { shape, data: await read(name) });
    const { classifier } = base.model;
    const config = { ...adapter.peftConfig, model_name: baseName ?? '' };
    const files = adapterHubFiles({ config, tensors }, adapter, classifier && headFacts(classifier));
    return classifier ? [...files, jsonFile(labelsName, labelConfig(classifier))] : files;
  },
};

function headFacts(classifier: ClassifierHead): HeadFacts {
  const { label2id } = labelConfig(classifier) as Pick<HeadFacts, 'label2id'>;
  return { label2id, num_labels: classifier.outputs };
}
