import { toAppError } from '../errors.ts';
import type { Client } from '../worker/client.ts';
import type { Download } from '../worker/protocol.ts';
import { blocking, preflight } from './checks.ts';
import { chatCommands } from './commands/chat.ts';
import { keepCommands } from './commands/keep.ts';
import { openCommands } from './commands/open.ts';
import { previewCommands } from './commands/previews.ts';
import { runCommands } from './commands/runs.ts';
import { runsFolderCommands } from './commands/runs-folder.ts';
import { settingCommands } from './commands/settings.ts';
import { warmWhileReading } from './commands/warm.ts';
import type { RunsFolders } from './runs-folder.ts';
import { createStudioStore, type Language, type StepName } from './store.ts';

/** What is kept between visits, beside runs and models. */
export interface Preferences {
  memoryBudget(): number | null;
  keepMemoryBudget(bytes: number | null): void;
}

const forgetful: Preferences = { memoryBudget: () => null, keepMemoryBudget: () => {} };

const noFolders: RunsFolders = {
  canPick: false,
  remembered: async () => null,
  pick: async () => null,
  allow: async () => null,
  forget: async () => {},
};

/**
 * The page without its looks: the state and everything that can be done, each defined once. Buttons, keys and tests
 * call the same commands.
 */
export function createStudio(
  client: Client,
  save: (download: Download) => void,
  language?: Language,
  preferences: Preferences = forgetful,
  folders: RunsFolders = noFolders,
) {
  const store = createStudioStore(language);
  const { refresh } = previewCommands(store, client);
  const open = openCommands(store, client, refresh);
  const settings = settingCommands(store, client, refresh);
  const runs = runCommands(store, client);
  const keep = keepCommands(store, client, save, runs.listRuns);
  const { rememberRunsFolder, ...runsFolder } = runsFolderCommands(store, client, folders, runs.listRuns);

  warmWhileReading(store, client);

  const goTo = (step: StepName) => store.setState({ step });

  /** Start, unless something is missing; then what is missing is on the page already. */
  async function start(): Promise<boolean> {
    if (blocking(preflight(store.getState())).length > 0) return false;
    return runs.startRun();
  }

  /** Model, data, settings and training of the example, in one go. */
  async function tryExample(): Promise<void> {
    goTo('train');
    if (!(await open.openModel({ kind: 'example' }))) return goTo('model');
    if (!(await open.openData({ kind: 'example' }))) return goTo('data');
    try {
      store.setState({ config: await client.request('exampleConfig', {}), undo: [], redo: [] });
    } catch (thrown) {
      return store.setState({ startError: toAppError(thrown) });
    }
    refresh();
    await runs.startRun();
  }

  async function begin(): Promise<void> {
    try {
      const bytes = preferences.memoryBudget();
      const value = await (bytes === null
        ? client.request('environment', {})
        : client.request('setMemoryBudget', { bytes }));
      store.setState({ environment: { value, pending: false, error: null } });
    } catch (thrown) {
      store.setState({ environment: { value: null, pending: false, error: toAppError(thrown) } });
    }
    await rememberRunsFolder();
    await runs.listRuns();
  }

  /** How much memory a run may fill, in bytes; null goes back to the estimate. Kept for the next visit. */
  async function setMemoryBudget(bytes: number | null): Promise<void> {
    preferences.keepMemoryBudget(bytes);
    const value = await client.request('setMemoryBudget', { bytes });
    store.setState({ environment: { value, pending: false, error: null } });
    refresh();
  }

  const setLanguage = (next: Language) => store.setState({ language: next });

  const commands = {
    goTo,
    start,
    tryExample,
    setLanguage,
    setMemoryBudget,
    ...open,
    ...settings,
    ...runs,
    ...keep,
    ...runsFolder,
    ...chatCommands(store, client),
  };
  return { store, commands, begin };
}

export type StudioApi = ReturnType<typeof createStudio>;
export type Commands = StudioApi['commands'];
