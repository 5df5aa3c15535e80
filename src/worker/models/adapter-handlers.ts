import { parseRunConfig } from '../../training/config/run-config.ts';
import { continueAdapter } from '../../training/session/continue-adapter.ts';
import { kindOfFiles, requireKind } from '../given/kind-of-files.ts';
import { openGiven } from '../given/open-given.ts';
import { adapterOfRun } from '../results/adapter-of-run.ts';
import type { Preparation } from '../runs/preparation.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';

/** Adapters that a run goes on from. */
export function adapterHandlers(workshop: Workshop, { fitTo }: Preparation): Pick<Handlers, 'openAdapter'> {
  return {
    async openAdapter({ files, name, config }) {
      const checked = parseRunConfig(config);
      const { open } = fitTo(checked).opened;
      const given = await openGiven(files);
      await requireKind(given, 'adapter', 'run');
      const isRun = (await kindOfFiles(given)) === 'run';
      const found = isRun ? await adapterOfRun(workshop, given) : given;
      const { adapter, tuning } = await continueAdapter(open, found, checked, name);
      workshop.adapter = { name, adapter };
      return { tuning, baseModel: adapter.baseModel };
    },
  };
}
