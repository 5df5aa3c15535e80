import { blobFiles } from '../../files/blob-files.ts';
import { readBase, requireBase } from '../../files/run-base.ts';
import type { ModelFiles } from '../../files/source.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { continueAdapter } from '../../training/session/continue-adapter.ts';
import { kindOfFiles, requireKind } from '../given/kind-of-files.ts';
import { givenBlobs } from '../given/open-given.ts';
import { tryApart } from '../reading/try-apart.ts';
import { adapterOfRun } from '../results/adapter-of-run.ts';
import { trainedFiles } from '../results/trained-files.ts';
import type { Preparation } from '../runs/preparation.ts';
import { splitResultId } from '../runs/result-id.ts';
import { runFolder } from '../runs/run-store.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { hubModel } from './model-files.ts';

type AdapterHandlers = Pick<Handlers, 'openAdapter' | 'openHubAdapter' | 'openRunAdapter'>;

/** Adapters that a run goes on from. */
export function adapterHandlers(workshop: Workshop, { fitTo }: Preparation): AdapterHandlers {
  /** The request of the last adapter. */
  let asked: unknown = null;

  async function openFrom(files: ModelFiles, request: { readonly config: unknown }, name: string) {
    const { model } = workshop;
    const checked = parseRunConfig(request.config);
    const { open } = fitTo(checked).opened;
    const { adapter, tuning } = await continueAdapter(open, files, checked, name);
    // It is of no use to a model that was opened meanwhile.
    if (asked === request && workshop.model === model) workshop.adapter = { name, adapter };
    return { tuning, baseModel: adapter.baseModel };
  }
  return {
    async openAdapter(request) {
      asked = request;
      const { files } = request;
      const { blobs, name } = await givenBlobs(files);
      const given = blobFiles(blobs, name);
      await requireKind(given, 'adapter', 'run');
      await tryApart('adapter', blobs, given.describe());
      const isRun = (await kindOfFiles(given)) === 'run';
      return openFrom(isRun ? await adapterOfRun(workshop, given) : given, request, request.name);
    },
    async openHubAdapter(request) {
      asked = request;
      const files = await hubModel(workshop, request.source, 'adapter');
      await requireKind(files, 'adapter');
      return openFrom(files, request, files.describe());
    },
    async openRunAdapter(request) {
      asked = request;
      const folder = runFolder(await workshop.runs(), splitResultId(request.runId).runId);
      // A branch may have moved since: what is open is not always what the run was made with.
      const { open, name } = workshop.requireModel();
      await requireBase(await readBase(folder), open.files, name);
      return openFrom(blobFiles(await trainedFiles(workshop, request.runId)), request, request.name);
    },
  };
}
