import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
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

  /** Uses the folder where that is allowed; otherwise the page shows that it may be asked for. */
  async function use(folder: RunsFolder | null): Promise<void> {
    if (folder === null) return;
    const { handle, allowed } = folder;
    if (allowed) await client.request('keepRunsIn', { folder: handle });
    choose({ name: handle.name, allowed });
    if (allowed) await listRuns();
  }

  const shown = (act: () => Promise<void>) => () =>
    act().catch((thrown) => store.setState({ startError: toAppError(thrown) }));

  return {
    /** At the start of a visit. */
    rememberRunsFolder: shown(async () => {
      store.setState(({ runsFolder }) => ({ runsFolder: { ...runsFolder, canPick } }));
      await use(await folders.remembered());
    }),
    pickRunsFolder: shown(async () => use(await folders.pick())),
    allowRunsFolder: shown(async () => use(await folders.allow())),
    keepRunsInBrowser: shown(async () => {
      await client.request('keepRunsIn', { folder: null });
      await folders.forget();
      choose(null);
      await listRuns();
    }),
  };
}
