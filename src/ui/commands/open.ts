import { type AppError, toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type {
  DataSource,
  HubPlace,
  HubPurpose,
  ModelSource,
  NamedBlob,
  RequestName,
  Requests,
  SearchFilter,
  TableReading,
} from '../../worker/protocol.ts';
import { changedKeys, rebased, withOwn, withoutExample } from '../own-settings.ts';
import { requestOrder } from '../request-order.ts';
import { isGoingOn, type Studio, type StudioStore } from '../store.ts';
import { chosenByHand } from '../tasks/column-roles.ts';
import { usualMethod } from '../tasks/facts.ts';
import { foundOut, namesTable, readingOf } from '../tasks/table-reading.ts';
import { forTable, modelSettings } from '../tasks/table-settings.ts';

type HubSource = Extract<ModelSource, { kind: 'hub' }>;

/** Opening models and tables. A failure leaves what was open before as it was. */
export function openCommands(store: StudioStore, client: Client, refresh: () => void) {
  client.on('download', ({ file, received, total }) => {
    store.setState(({ model }) => ({
      model: { ...model, files: { ...model.files, [file]: { received, total } } },
      hubWait: null,
    }));
  });
  client.on('hubWait', (hubWait) => store.setState({ hubWait }));

  /** Asks for what may come of a Hub. */
  async function askHub<R extends RequestName>(name: R, params: Requests[R]['params']): Promise<Requests[R]['result']> {
    try {
      return await client.request(name, params);
    } finally {
      store.setState({ hubWait: null });
    }
  }

  const order = {
    model: requestOrder(),
    adapter: requestOrder(),
    table: requestOrder(),
    validation: requestOrder(),
    reading: requestOrder(),
  };

  // A tree of ten thousand parameters takes a while: it is there before the step that shows it.
  store.subscribe(({ model: { value } }, { model: before }) => {
    if (value && value !== before.value) import('../tree-model.ts').then(({ treeOf }) => treeOf(value.parameters));
  });

  /** @param settingsStay of the form: they are for this model, ticks included */
  async function openModel(source: ModelSource, settingsStay = false): Promise<boolean> {
    const isLast = order.model();
    const before = store.getState();
    store.setState(({ model }) => ({
      model: { ...model, pending: true, error: null, opening: describeSource(source), files: {} },
    }));
    try {
      const value = await askHub('openModel', { source });
      if (!isLast()) return false;
      store.setState((state) => {
        const { config, ...left } = givingWay(source, before, state);
        const named = { llm_backbone: describeSource(source), revision: revisionOf(source) };
        const kept = { own: state.own, config: { ...state.config, model: { ...state.config.model, ...named } } };
        const fitted = {
          own: left.own.filter((key) => !key.startsWith('tuning.') || !(key.slice('tuning.'.length) in freshTicks)),
          config: {
            ...config,
            ...modelSettings(value, config, state.data.value, chosenByHand(left.own)),
            model: { ...config.model, ...named },
            tuning: { ...config.tuning, ...freshTicks, method: usualMethod(value) },
          },
        };
        return {
          ...left,
          ...(settingsStay ? kept : fitted),
          model: { ...state.model, value, pending: false, source: withoutToken(source) },
          undo: [],
          redo: [],
          tuning: { value: null, pending: false, error: null },
        };
      });
      refresh();
      return true;
    } catch (thrown) {
      if (!isLast()) return false;
      const error = toAppError(thrown);
      store.setState(({ model }) => ({ model: { ...model, pending: false, error } }));
      return false;
    }
  }

  /** Opens the model that the settings in the form are for: they stay, ticks included. */
  const openModelOfSettings = (source: ModelSource): Promise<boolean> => openModel(source, true);

  /** Breaks off what is asked of a Hub. What came is kept, and opening the model again goes on from there. */
  async function stopOpening(purpose: HubPurpose = 'model'): Promise<void> {
    const isOpening = purpose === 'model' && store.getState().model.pending;
    const isLast = isOpening ? order.model() : () => false;
    await client.request('stopDownload', { purpose });
    // The page does not wait for what cannot be broken off; the worker drops it when it comes.
    if (isLast()) store.setState(({ model }) => ({ model: { ...model, pending: false }, hubWait: null }));
  }

  /**
   * An adapter to go on from: the form takes its settings.
   * @returns false where another one, or none, was chosen meanwhile
   * @throws AppError where it does not fit the open model
   */
  async function continueFrom(
    ask: (config: Studio['config']) => Promise<{ readonly tuning: Studio['config']['tuning'] }>,
  ): Promise<boolean> {
    const isLast = order.adapter();
    const { config, model } = store.getState();
    const { tuning } = await ask(config);
    if (!isLast() || store.getState().model.source !== model.source) return false;
    store.setState((state) => {
      const next = rebased(state.config, config, { ...config, tuning });
      const keys = [...changedKeys(state.config, next), 'tuning.lora_r', 'tuning.lora_alpha'];
      return { ...withOwn(state, next, keys), undo: [], redo: [] };
    });
    refresh();
    return true;
  }

  /** Its folder or .zip, or the exported run that made it. */
  function continueAdapter(files: readonly NamedBlob[]): Promise<boolean> {
    const first = files[0]?.path ?? '';
    const isZip = files.length === 1 && /\.zip$/i.test(first);
    const name = isZip ? nameOfZip(first) : first.includes('/') ? first.slice(0, first.indexOf('/')) : 'adapter';
    return continueFrom((config) => client.request('openAdapter', { files, name, config }));
  }

  /** One that is published on a Hub. */
  const continueHubAdapter = (source: HubSource): Promise<boolean> =>
    continueFrom((config) => askHub('openHubAdapter', { source, config }));

  /** A fresh adapter again, with the same settings. */
  function startFresh() {
    order.adapter();
    store.setState(({ config }) => ({ config: { ...config, tuning: { ...config.tuning, init_from: '' } } }));
    refresh();
  }

  const hub = {
    searchModels: async (place: HubPlace, query: string, filter: SearchFilter) =>
      (await askHub('searchModels', { ...place, query, filter })).models,
    /** With the form's own settings. */
    estimateHubModel: (place: HubPlace, id: string) =>
      askHub('estimateHubModel', { ...place, id, config: store.getState().config }),
    shelvedModels: async () => (await client.request('shelvedModels', {})).models,
    estimateShelved: (id: string) => client.request('estimateShelved', { id, config: store.getState().config }),
    inspectModel: (source: HubSource) => askHub('inspectModel', { source }),
    cachedModels: async () => (await client.request('cachedModels', {})).models,
    removeCachedModel: async (model: string) => {
      await client.request('removeCachedModel', { model });
    },
  };

  client.on('reading', (reading) => store.setState({ reading, hubWait: null }));

  async function openData(source: DataSource): Promise<boolean> {
    const isLast = order.table();
    const before = store.getState();
    const opening = describeTable(source);
    store.setState(({ data }) => ({ data: { ...data, pending: true, error: null, opening }, reading: null }));
    try {
      const { config, restored } = store.getState();
      // What was chosen holds for the file that the settings name; the example is read afresh unless it comes back.
      const isKnown =
        !isEdited(source) && namesTable(config.dataset, opening) && (source.kind !== 'example' || restored?.pending);
      const reading = isKnown ? readingOf(config.dataset) : foundOut;
      const value = await askHub('openData', { source, reading });
      if (!isLast()) return false;
      store.setState((state) => {
        const left = givingWay(source, before, state);
        const named = { train_dataframe: value.name, ...reading };
        return {
          ...left,
          data: { ...state.data, value, pending: false, isExample: source.kind === 'example' },
          ...(isEdited(source)
            ? { config: { ...left.config, dataset: { ...left.config.dataset, ...named } } }
            : forTable(value, named, { ...state, ...left })),
          dataPreview: { value: null, pending: false, error: null },
        };
      });
      refresh();
      return true;
    } catch (thrown) {
      if (isLast()) store.setState(({ data }) => ({ data: { ...data, pending: false, error: toAppError(thrown) } }));
      return false;
    }
  }

  /** Opens the file that validation rows come from. */
  async function openValidation(source: DataSource): Promise<boolean> {
    const isLast = order.validation();
    store.setState({ validation: { value: null, pending: true, error: null }, reading: null });
    try {
      const reading = readingOf(store.getState().config.dataset);
      const value = await askHub('openData', { source, use: 'validation', reading });
      if (!isLast()) return false;
      store.setState(({ config }) => ({
        validation: { value, pending: false, error: null },
        config: { ...config, dataset: { ...config.dataset, validation_dataframe: value.name } },
      }));
      refresh();
      return true;
    } catch (thrown) {
      if (isLast()) store.setState({ validation: { value: null, pending: false, error: toAppError(thrown) } });
      return false;
    }
  }

  /** Reads the open tables again with another encoding or delimiter; what is empty is found out. */
  let rereads: Promise<AppError | null> | null = null;

  function chooseReading(change: Partial<TableReading>): Promise<void> {
    const reading = reread(change).finally(() => {
      if (rereads === reading) rereads = null;
    });
    rereads = reading;
    return reading.then(() => {});
  }

  /** Once the tables are read as was chosen last. @throws AppError as reading them does */
  async function whenRead(): Promise<void> {
    while (rereads) {
      const error = await rereads;
      if (error) throw error;
    }
  }

  /** Gives why it could not be. */
  async function reread(change: Partial<TableReading>): Promise<AppError | null> {
    store.setState(({ data }) => ({ data: { ...data, error: null } }));
    const isLast = order.reading();
    const before = store.getState();
    const reading = { ...readingOf(before.config.dataset), ...change };
    try {
      const { table, validation } = await client.request('readAgain', { reading });
      if (!isLast()) return null;
      store.setState((state) => ({
        // What was opened meanwhile was not read again.
        ...(state.validation.value === before.validation.value && {
          validation: { ...state.validation, value: validation },
        }),
        ...(state.data.value === before.data.value && {
          data: { ...state.data, value: table },
          ...forTable(table, reading, state),
          dataPreview: { value: null, pending: false, error: null },
        }),
      }));
      refresh();
      return null;
    } catch (thrown) {
      if (!isLast()) return null;
      const error = toAppError(thrown);
      store.setState(({ data }) => ({ data: { ...data, error } }));
      return error;
    }
  }

  /** What is on its way is not wanted any more. */
  function giveUpOpening() {
    for (const begin of Object.values(order)) begin();
  }

  /** Configurations and splits of a data set. @throws AppError of the Hub */
  const listDataset = async (id: string, access: { revision: string; endpoint: string; token?: string }) =>
    (await askHub('listDataset', { id, ...access })).parts;

  /** The cells of a row by its number in the file; null where it was left out. */
  const tableRow = async (number: number, validation: boolean) =>
    (await client.request('tableRow', { number, validation })).cells;

  const data = { tableRow, openData, openValidation, chooseReading, listDataset };
  const openings = { openModel: (source: ModelSource) => openModel(source), openModelOfSettings, stopOpening };
  return { whenRead, continueAdapter, continueHubAdapter, startFresh, ...hub, ...openings, giveUpOpening, ...data };
}

/** Ticks name parameters of the model before; the usual ones of the new architecture stand in. */
const freshTicks = { method: 'lora', train_parameters: [], lora_target_modules: '', init_from: '' } as const;

/**
 * What gives way to another model or table: what was known of the rows, settings that came with the example, and a run
 * that has ended or was looked at when it was chosen. What a visit begins with puts no run away.
 */
function givingWay(source: ModelSource | DataSource, before: Studio, state: Studio) {
  const stays = source.kind === 'example' || isEdited(source);
  const { run, viewed, viewing, shared, restored } = state;
  const comesBack = restored?.pending === true && restored.of === null;
  const isOther = viewed !== before.viewed || viewing !== before.viewing || shared !== before.shared;
  return {
    config: stays ? state.config : withoutExample(state),
    own: state.own,
    fromExample: stays && state.fromExample,
    facts: null,
    run: comesBack || isGoingOn(run) ? run : null,
    ...(comesBack || isOther ? {} : { viewed: null, viewing: null, shared: null }),
  };
}

/** The open table with made rows more or less. */
const isEdited = (source: ModelSource | DataSource): boolean => source.kind === 'file' && source.isEdited === true;

function describeTable(source: DataSource): string {
  if ('name' in source) return source.name;
  return source.kind === 'hub' ? `${source.id} ${source.part.config} ${source.part.split}` : 'data.csv';
}

export function describeSource(source: ModelSource): string {
  if (source.kind === 'example') return './model';
  if (source.kind === 'hub') return source.id;
  const first = source.files[0]?.path ?? '';
  if (source.files.length === 1 && /\.zip$/i.test(first)) return nameOfZip(first);
  return first.includes('/') ? first.slice(0, first.indexOf('/')) : first;
}

/** `my-adapter` of `Downloads/my-adapter.zip`. */
const nameOfZip = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace(/\.zip$/i, '');

const revisionOf = (source: ModelSource) => (source.kind === 'hub' ? source.revision : 'main');

/** The token goes to the worker and is kept there; the store, which devtools can read, does not hold it. */
function withoutToken(source: ModelSource): ModelSource {
  if (source.kind !== 'hub') return source;
  const { token: _, ...rest } = source;
  return rest;
}
