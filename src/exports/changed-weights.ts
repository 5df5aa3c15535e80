/** After full fine-tuning: only the trained parameters, in the base's data types, under the base's tensor names. */
import { AppError } from '../errors.ts';
import { readmeFile } from './readme.ts';
import type { Target } from './target.ts';
import { runningTensors, weightsFile, weightTensors } from './weight-tensors.ts';
import { changedWords } from './whole-readme.ts';

export const changedWeights: Target = {
  file: 'weights.zip',
  holds: 'trained',
  // Of a small model for pictures, what changed alone is of no use to anybody.
  refuses: ({ method, pictures }) =>
    method === 'full' && !pictures ? undefined : new AppError('export-unfit', { target: 'changed', method }),
  async write(run) {
    const tuned = await run.tuned();
    const { base, tuning } = tuned;
    const read = await run.values();
    const wanted = base.model.parameters.filter(({ name }) => tuning.trained.has(name));
    const tensors = wanted.flatMap((info) => weightTensors(base, info, () => read(info.name)));
    const story = await run.story();
    const readme = await readmeFile(tuned, story, changedWords(tuned, story));
    return [weightsFile([...tensors, ...runningTensors(base, read)]), readme];
  },
};
