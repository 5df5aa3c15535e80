/** After full fine-tuning: only the trained parameters, in the base's data types, under the base's tensor names. */
import { AppError } from '../errors.ts';
import type { Target } from './target.ts';
import { runningTensors, weightsFile, weightTensor } from './weight-tensors.ts';

export const changedWeights: Target = {
  file: 'weights.zip',
  holds: 'trained',
  // Of a small model for pictures, what changed alone is of no use to anybody.
  refuses: ({ method, pictures }) =>
    method === 'full' && !pictures ? undefined : new AppError('export-unfit', { target: 'changed', method }),
  async write(run) {
    const { base, tuning } = await run.tuned();
    const read = await run.values();
    const wanted = base.model.parameters.filter(({ name }) => tuning.trained.has(name));
    const tensors = wanted.map((info) => weightTensor(base, info, () => read(info.name)));
    return [weightsFile([...tensors, ...runningTensors(base, read)])];
  },
};
