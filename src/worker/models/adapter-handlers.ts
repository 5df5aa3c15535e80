import { blobFiles } from '../../files/blob-files.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { continueAdapter } from '../../training/session/continue-adapter.ts';
import { trainedFiles } from '../results/trained-files.ts';
import type { Preparation } from '../runs/preparation.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';

type AdapterHandlers = Pick<Handlers, 'openAdapter' | 'openRunAdapter'>;

/** Adapters that a run goes on from. */
export function adapterHandlers(workshop: Workshop, { fitTo }: Preparation): AdapterHandlers {
  async function openFrom(blobs: ReadonlyMap<string, Blob>, name: string, config: unknown) {
    const checked = parseRunConfig(config);
    const { open } = fitTo(checked).opened;
    const { adapter, tuning } = await continueAdapter(open, blobFiles(blobs), checked, name);
    workshop.adapter = { name, adapter };
    return { tuning, baseModel: adapter.baseModel };
  }
  return {
    openAdapter: ({ files, name, config }) =>
      openFrom(new Map(files.map(({ path, blob }) => [path, blob])), name, config),
    openRunAdapter: async ({ runId, name, config }) => openFrom(await trainedFiles(workshop, runId), name, config),
  };
}
