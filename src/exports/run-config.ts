import type { Target } from './target.ts';
import { jsonFile } from './weight-tensors.ts';
import { withoutPlaces } from './without-places.ts';

/** The settings of the run, to begin it again. */
export const config: Target = {
  file: 'run.json',
  holds: 'run',
  refuses: () => undefined,
  write: async (run) => [jsonFile('run.json', withoutPlaces(await run.settings()))],
};
