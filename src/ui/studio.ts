import { toAppError } from '../errors.ts';
import type { Client } from '../worker/client.ts';
import type { Download } from '../worker/protocol.ts';
import { blocking, preflight } from './checks.ts';
import { benchmarkCommands } from './commands/benchmarks.ts';
import { blindCommands } from './commands/blind.ts';
import { chatCommands } from './commands/chat.ts';
import { exampleCommands } from './commands/examples.ts';
import { keepCommands } from './commands/keep.ts';
import { madeCommands } from './commands/made.ts';
import { openCommands } from './commands/open.ts';
import { previewCommands } from './commands/previews.ts';
import { publishCommands } from './commands/publish.ts';
import { recipeCommands } from './commands/recipes.ts';
import { runCommands } from './commands/runs.ts';
import { runsFolderCommands } from './commands/runs-folder.ts';
import { settingCommands } from './commands/settings.ts';
import { sharedCommands } from './commands/shared.ts';
import { sweepCommands } from './commands/sweeps.ts';
import { warmWhileReading } from './commands/warm.ts';
import { type AddressBar, followAddress, noAddress } from './place/follow-address.ts';
import { noSetups, type Setups } from './place/kept-setup.ts';
import { type Persistence, protectRuns, unasked } from './place/persistence.ts';
import { setupCommands } from './place/setup-commands.ts';
import { notingChanges } from './place/visitor-changes.ts';
import { requestOrder } from './request-order.ts';
import type { RunsFolders } from './runs-folder.ts';
import { createStudioStore, type Language, type StepName } from './store.ts';
import { loadLanguage } from './text/messages.ts';
import { loadWordings } from './text/word-error.ts';

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

/** The page's place among visits: its address, and what is kept from one to the next. */
export interface Places {
  readonly bar: AddressBar;
  readonly setups: Setups;
  readonly persistence: Persistence;
}

const nowhere: Places = { bar: noAddress, setups: noSetups, persistence: unasked };

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
  { bar, setups, persistence }: Places = nowhere,
) {
  const store = createStudioStore(language);
  const { refresh } = previewCommands(store, client);
  const { noting, changes } = notingChanges(store);
  const { whenRead, ...opening } = openCommands(store, client, refresh);
  const { restoreSetup, openExample, setUpAsShared, ...open } = setupCommands(
    store,
    client,
    setups,
    opening,
    changes,
    refresh,
  );
  const { whenLoaded, ...settings } = settingCommands(noting, client, refresh, open.chooseReading);
  const whenSettled = async () => {
    await whenLoaded();
    await whenRead();
  };
  const { begin: beginRun, adopt, ...runs } = runCommands(store, client, changes, whenSettled);
  const sweeps = sweepCommands(store, client, { adopt, whenLoaded: whenSettled, ...settings });
  const listAll = async () => {
    await Promise.all([runs.listRuns(), sweeps.listSweeps()]);
  };
  const keep = keepCommands(store, client, save, runs.listRuns);
  const shared = sharedCommands(store, client, setUpAsShared, refresh);
  const { rememberRunsFolder, ...runsFolder } = runsFolderCommands(store, client, folders, listAll);

  warmWhileReading(store, client);
  const chat = chatCommands(store, client);
  const address = followAddress(store, { ...runs, ...chat, ...shared }, bar);
  protectRuns(store, persistence);
  client.on('learned', refresh);
  client.on('nothingKept', () => store.setState({ keepsNothing: true }));

  const goTo = (step: StepName) => store.setState({ step });

  /** Start, unless something is missing; then what is missing is on the page already. */
  async function start(): Promise<boolean> {
    if (blocking(preflight(store.getState())).length > 0) return false;
    return runs.startRun();
  }

  /** Model, data, settings and training of the example, in one go; it counts as about to begin from the first moment. */
  async function tryExample(): Promise<void> {
    goTo('train');
    await beginRun(async (isGivenUp) => {
      const config = await openExample(isGivenUp);
      return config && client.request('startRun', { config });
    });
  }

  async function begin(): Promise<void> {
    await Promise.all([lookAtComputer(), comeBack()]);
  }

  const beginEnvironment = requestOrder();

  async function lookAtComputer(): Promise<void> {
    const isLast = beginEnvironment();
    try {
      const bytes = preferences.memoryBudget();
      const value = await (bytes === null
        ? client.request('environment', {})
        : client.request('setMemoryBudget', { bytes }));
      if (isLast()) store.setState({ environment: { value, pending: false, error: null } });
    } catch (thrown) {
      if (!isLast()) return;
      store.setState({ environment: { value: null, pending: false, error: toAppError(thrown) } });
    }
  }

  /** To where the last visit ended: its runs, its address, its set-up. */
  async function comeBack(): Promise<void> {
    await rememberRunsFolder();
    await runs.listRuns();
    await address.arrive();
    await restoreSetup();
  }

  /** How much memory a run may fill, in bytes; null goes back to the estimate. Kept for the next visit. */
  async function setMemoryBudget(bytes: number | null): Promise<void> {
    preferences.keepMemoryBudget(bytes);
    const isLast = beginEnvironment();
    const value = await client.request('setMemoryBudget', { bytes });
    if (!isLast()) return;
    store.setState({ environment: { value, pending: false, error: null } });
    refresh();
  }

  const beginLanguage = requestOrder();

  /** Once its words are there; where they cannot be fetched, the page goes on in those it has. */
  const setLanguage = async (next: Language) => {
    const isLast = beginLanguage();
    await Promise.all([loadLanguage(next), loadWordings(next)]).catch(() => {});
    if (isLast()) store.setState({ language: next });
  };

  const commands = {
    goTo,
    start,
    tryExample,
    setLanguage,
    setMemoryBudget,
    ...open,
    ...settings,
    ...recipeCommands(noting, refresh),
    ...runs,
    ...sweeps,
    ...keep,
    ...benchmarkCommands(store, client),
    ...blindCommands(store, client),
    ...madeCommands(store, client, open.openData, save),
    ...exampleCommands(store, client),
    ...shared,
    ...publishCommands(store, client),
    ...runsFolder,
    ...chat,
  };
  return { store, commands, begin };
}

export type StudioApi = ReturnType<typeof createStudio>;
export type Commands = StudioApi['commands'];
