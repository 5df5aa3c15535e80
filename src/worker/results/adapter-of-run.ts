import { AppError, because } from '../../errors.ts';
import { offersOf, targets } from '../../exports/targets.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { readOnlyDirectory } from '../../files/read-only-directory.ts';
import type { ModelFiles } from '../../files/source.ts';
import { sameModel } from '../runs/run-model.ts';
import { readOrigin } from '../runs/run-origin.ts';
import { readConfig } from '../runs/run-store.ts';
import type { Workshop } from '../workshop.ts';
import { asBlobs, factsOf, keptRun } from './exported-run.ts';

/**
 * The adapter of an exported run, as it would be downloaded.
 * @throws AppError 'adapter-invalid' where it has none or was made with another model than the open one
 */
export async function adapterOfRun(workshop: Workshop, files: ModelFiles): Promise<ModelFiles> {
  const folder = readOnlyDirectory(files);
  const config = await readConfig(folder);
  const origin = await readOrigin(folder);
  const base = workshop.requireModel();
  if (!sameModel(base, origin)) {
    const reason = because`the run was made with the model ${origin.model}, and ${base.name} is open`;
    throw new AppError('adapter-invalid', { reason });
  }
  const facts = await factsOf(folder, config);
  const offer = offersOf(facts).find(({ holds, refusal }) => holds === 'trained' && refusal === null);
  if (!offer || config.tuning.method === 'full')
    throw new AppError('adapter-invalid', { reason: because`the run trained whole weights and made no adapter` });
  const run = keptRun(workshop, files.describe(), { folder, config, trained: undefined, base });
  return blobFiles(await asBlobs(await targets[offer.target].write(run)), files.describe());
}
