import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import { requestOrder } from '../request-order.ts';
import type { RunsFolder, RunsFolders } from '../runs-folder.ts';
import type { Studio, StudioStore } from '../store.ts';

/** Where runs are kept: in the browser, or in a folder of the visitor's. */
export function runsFolderCommands(
  store: StudioStore,
  client: Client,
  folders: RunsFolders,
  listRuns: () => Promise<void>,
) {
  const { canPick } = folders;
  const choose = (chosen: Studio['runsFolder']['chosen']) =>
    store.setState(({ config }) => ({
      runsFolder: { canPick, chosen },
      config: {
        ...config,
        environment: { ...config.environment, output_directory: chosen?.allowed ? chosen.name : '' },
      },
    }));

  const order = requestOrder();

  /** Uses the folder where that is allowed; otherwise the page shows that it may be asked for. */
  async function use(found: Promise<RunsFolder | null>): Promise<void> {
    const isLast = order();
    const folder = await found;
    // Another place was chosen while the browser looked for this one.
    if (folder === null || !isLast()) return;
    const { handle, allowed } = folder;
    if (allowed) await client.request('keepRunsIn', { folder: handle });
    if (!isLast()) return;
    choose({ name: handle.name, allowed });
    if (allowed) await listRuns();
  }

  const shown = (act: () => Promise<void>) => () =>
    act().catch((thrown) => store.setState({ startError: toAppError(thrown) }));

  return {
    /** At the start of a visit. */
    rememberRunsFolder: shown(async () => {
      store.setState(({ runsFolder }) => ({ runsFolder: { ...runsFolder, canPick } }));
      await use(folders.remembered());
    }),
    pickRunsFolder: shown(async () => use(folders.pick())),
    allowRunsFolder: shown(async () => use(folders.allow())),
    keepRunsInBrowser: shown(async () => {
      const isLast = order();
      await client.request('keepRunsIn', { folder: null });
      await folders.forget();
      if (!isLast()) return;
      choose(null);
      await listRuns();
    }),
  };
}
