import { toAppError } from '../errors.ts';
import type { Client } from '../worker/client.ts';
import type { Download } from '../worker/protocol.ts';
import { blocking, preflight } from './checks.ts';
import { chatCommands } from './commands/chat.ts';
import { openCommands } from './commands/open.ts';
import { previewCommands } from './commands/previews.ts';
import { runCommands } from './commands/runs.ts';
import { settingCommands } from './commands/settings.ts';
import { createStudioStore, type Language, type StepName } from './store.ts';

/**
 * The page without its looks: the state and everything that can be done, each defined once. Buttons, keys and tests
 * call the same commands.
 */
export function createStudio(client: Client, save: (download: Download) => void, language?: Language) {
  const store = createStudioStore(language);
  const { refresh } = previewCommands(store, client);
  const open = openCommands(store, client, refresh);
  const settings = settingCommands(store, client, refresh);
  const runs = runCommands(store, client, save);

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
      store.setState({ config: await client.request('exampleConfig', {}), undo: [] });
    } catch (thrown) {
      return store.setState({ startError: toAppError(thrown) });
    }
    refresh();
    await runs.startRun();
  }

  async function begin(): Promise<void> {
    try {
      const value = await client.request('environment', {});
      store.setState({ environment: { value, pending: false, error: null } });
    } catch (thrown) {
      store.setState({ environment: { value: null, pending: false, error: toAppError(thrown) } });
    }
    await runs.listRuns();
  }

  const setLanguage = (next: Language) => store.setState({ language: next });

  const commands = {
    goTo,
    start,
    tryExample,
    setLanguage,
    ...open,
    ...settings,
    ...runs,
    ...chatCommands(store, client),
  };
  return { store, commands, begin };
}

export type StudioApi = ReturnType<typeof createStudio>;
export type Commands = StudioApi['commands'];
