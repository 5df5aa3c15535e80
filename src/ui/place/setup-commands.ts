import type { RunConfig } from '../../training/config/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { DataSource, ModelSource, NamedBlob, SharedView } from '../../worker/protocol.ts';
import type { openCommands } from '../commands/open.ts';
import { requestOrder } from '../request-order.ts';
import { startConfig } from '../start-config.ts';
import { type Missing, nothingViewed, type Studio, type StudioStore } from '../store.ts';
import type { KeptModel, KeptTable, Parts, Setups } from './kept-setup.ts';
import type { ChosenFrom } from './restore.ts';
import type { VisitorChanges } from './visitor-changes.ts';

type Open = Omit<ReturnType<typeof openCommands>, 'whenRead'>;

/** Milliseconds without a change before the set-up is kept. */
const rest = 400;

/** What the store does not know: where the parts come from. */
const nothing: Parts = { model: null, table: null, validation: null, adapterOf: null };

/** Opening models and tables, each noted for the next visit; and that visit's beginning. */
export function setupCommands(
  store: StudioStore,
  client: Client,
  setups: Setups,
  { giveUpOpening, ...open }: Open,
  changes: VisitorChanges,
  refresh: () => void,
) {
  let parts = nothing;
  const take = (more: Partial<Parts>) => {
    parts = { ...parts, ...more };
    keep();
  };

  let timer: ReturnType<typeof setTimeout> | undefined;
  function keep() {
    clearTimeout(timer);
    timer = setTimeout(keepNow, rest);
  }
  function keepNow() {
    clearTimeout(timer);
    timer = undefined;
    const { config, own, fromExample, restored } = store.getState();
    // Until all is back, what was kept is more than what is there.
    if (!restored?.pending && (hasParts(parts) || isChanged(config)))
      setups.save({ ...parts, config, own, fromExample });
  }
  store.subscribe((state, before) => {
    if (state.config !== before.config) keep();
  });
  globalThis.addEventListener?.('pagehide', () => timer !== undefined && keepNow());

  async function openModel(source: ModelSource): Promise<boolean> {
    if (!(await open.openModel(source))) return false;
    take({ model: keptModel(source, store.getState()), adapterOf: null });
    if (source.kind === 'files') void setups.keepFolder(source.files);
    return true;
  }

  async function openTable(source: DataSource, use: 'table' | 'validation'): Promise<boolean> {
    const opens = use === 'table' ? open.openData : open.openValidation;
    if (!(await opens(source))) return false;
    take({ [use]: named(source) });
    if (!('blob' in source || 'files' in source)) return true;
    // A copy is made while the visitor goes on; of a folder of pictures as one archive.
    const name = 'blob' in source ? source.name : `${source.name}.zip`;
    const current = parts[use];
    void client.request('keepTable', { use }).then(
      ({ id }) => id !== null && parts[use] === current && take({ [use]: { kind: 'kept', id, name } }),
      () => {},
    );
    return true;
  }

  const opens = {
    ...open,
    openModel,
    openData: (source: DataSource) => openTable(source, 'table'),
    openValidation: (source: DataSource) => openTable(source, 'validation'),
  };
  const beginSetup = requestOrder();
  const isFirst = beginSetup();
  /** What the visitor opens overtakes what is being brought back. Gives what tells whether it is still the last. */
  const overtake = () => {
    if (store.getState().restored?.pending) store.setState({ restored: null });
    return beginSetup();
  };
  const byVisitor = <S, R>(act: (source: S) => R) => {
    return (source: S) => {
      overtake();
      return act(source);
    };
  };

  /**
   * Model, table and settings of the example. Gives the settings; null where something could not be opened, which the
   * page then shows, where it was given up, and where the visitor opened something else meanwhile.
   */
  async function openExample(isGivenUp: () => boolean): Promise<RunConfig | null> {
    const [isLast, since] = [overtake(), changes.count()];
    const goesOn = () => isLast() && !isGivenUp();
    const { step: asked } = store.getState();
    const steps = [
      ['model', opens.openModel],
      ['data', opens.openData],
    ] as const;
    for (const [step, openPart] of steps) {
      const isOpen = await openPart({ kind: 'example' });
      if (!goesOn()) return null;
      if (isOpen) continue;
      if (store.getState().step === asked) store.setState({ step });
      return null;
    }
    const config = await client.request('exampleConfig', {});
    if (!goesOn()) return null;
    const form = changes.over({ config, own: [], fromExample: true }, since);
    store.setState({ ...form, undo: [], redo: [] });
    refresh();
    return form.config;
  }

  const visitorOpens = {
    ...open,
    openExample,
    openModel: byVisitor(opens.openModel),
    openData: byVisitor(opens.openData),
    openValidation: byVisitor(opens.openValidation),
    async openModelOfSettings(source: ModelSource): Promise<boolean> {
      overtake();
      if (!(await open.openModelOfSettings(source))) return false;
      take({ model: keptModel(source, store.getState()), adapterOf: null });
      return true;
    },
    async continueAdapter(...given: Parameters<Open['continueAdapter']>) {
      if (await open.continueAdapter(...given)) take({ adapterOf: null });
    },
    async continueHubAdapter(...given: Parameters<Open['continueHubAdapter']>) {
      if (await open.continueHubAdapter(...given)) take({ adapterOf: null });
    },
    startFresh() {
      open.startFresh();
      take({ adapterOf: null });
    },
  };

  const restoring = async () =>
    (await import('./restore.ts')).restoring({
      ...{ store, client, setups, open: opens, changes, refresh, take },
    });
  let restorer: ReturnType<typeof restoring> | undefined;
  const withRestorer = () => {
    restorer ??= restoring();
    return restorer;
  };

  /** The form in front, for a set-up that is asked for. */
  function askSetup() {
    const asked = { isLast: overtake(), since: changes.count() };
    const inFront = { ...nothingViewed, drafting: store.getState().run !== null };
    store.setState({ step: 'train', ...inFront, invalidFields: [], startError: null });
    return asked;
  }

  async function reuse(runId: string, adapterOf: string | null): Promise<boolean> {
    const asked = askSetup();
    return (await withRestorer()).reuse(runId, adapterOf, asked);
  }

  return {
    ...visitorOpens,
    /** What the last visit was set up with, where there was one. */
    async restoreSetup(): Promise<void> {
      const kept = setups.load();
      if (kept && isFirst()) await (await withRestorer()).restore(kept, isFirst);
    },
    /** A form as on a first visit; runs and models stay. */
    async startOver(): Promise<void> {
      const isLast = overtake();
      giveUpOpening();
      const { startOver } = await withRestorer();
      if (isLast()) await startOver();
    },
    /** Opens what the last visit had and this one could not: asks the browser, or takes the files chosen. */
    bringBack: async (missing: Missing, chosen?: readonly NamedBlob[]) =>
      (await withRestorer()).bringBack(missing, chosen),
    /** The set-up of a run in the form, its model and data opened again where that is possible. */
    reuseRun: (runId: string) => reuse(runId, null),
    /** The same, with the adapter that the run came to as the start. */
    trainOnFrom: (runId: string) => reuse(runId, runId),
    /** What was chosen between answers of a run's result, to be learned from its adapter on. */
    async trainOnChoices(from: ChosenFrom): Promise<boolean> {
      const asked = askSetup();
      return (await withRestorer()).reuseChoices(from, asked);
    },
    /** The set-up of a run that someone else shared. */
    async setUpAsShared(shared: SharedView): Promise<boolean> {
      const asked = askSetup();
      return (await withRestorer()).reuseShared(shared, asked);
    },
    dismissRestored: () => store.setState({ restored: null }),
  };
}

const hasParts = ({ model, table, validation }: Parts) => model !== null || table !== null || validation !== null;

/** Whether the visitor set anything; where runs are kept is no part of it. */
function isChanged({ environment, ...sections }: Studio['config']): boolean {
  const { environment: usual, ...others } = startConfig;
  const same = { ...environment, output_directory: usual.output_directory };
  return JSON.stringify([sections, same]) !== JSON.stringify([others, usual]);
}

function keptModel(source: ModelSource, { model }: Studio): KeptModel {
  if (source.kind === 'files') return { kind: 'folder', name: model.value?.name ?? '' };
  if (source.kind === 'example') return source;
  const { token: _, ...rest } = source;
  return rest;
}

function named(source: DataSource): KeptTable {
  if ('blob' in source || 'files' in source) return { kind: 'named', name: source.name };
  if (source.kind !== 'hub') return source;
  const { token: _, ...rest } = source;
  return rest;
}
