import { blobFiles } from '../../files/blob-files.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { continueAdapter } from '../../training/session/continue-adapter.ts';
import type { Preparation } from '../runs/preparation.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';

/** Adapters that a run goes on from. */
export function adapterHandlers(workshop: Workshop, { fitTo }: Preparation): Pick<Handlers, 'openAdapter'> {
  return {
    async openAdapter({ files, name, config }) {
      const checked = parseRunConfig(config);
      const { open } = fitTo(checked).opened;
      const blobs = new Map(files.map(({ path, blob }) => [path, blob]));
      const { adapter, tuning } = await continueAdapter(open, blobFiles(blobs), checked, name);
      workshop.adapter = { name, adapter };
      return { tuning, baseModel: adapter.baseModel };
    },
  };
}
