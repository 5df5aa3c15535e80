import type { RunConfig, SectionName } from '../../training/config/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { ConfigFormat, GeneralTexts, ReadConfig, Remedy, Selector, TableReading } from '../../worker/protocol.ts';
import { methodFacts } from '../method-facts.ts';
import { changedKeys, followingRecipe, withOwn } from '../own-settings.ts';
import type { Choice, Studio, StudioStore } from '../store.ts';
import { chosenByHand, columnsFor, withRole } from '../tasks/column-roles.ts';
import { type ColumnRole, type ProblemType, usualLoss, withLossNamed, withoutUnread } from '../tasks/facts.ts';
import { isSameReading, namesTable, readingOf, withOpenTable } from '../tasks/table-reading.ts';
import { applyTicks, type TickChange } from '../ticks.ts';

const undoDepth = 100;

/** Changing the form: settings, and the ticks of the parameter tree with undo. */
export function settingCommands(
  store: StudioStore,
  client: Client,
  refresh: () => void,
  chooseReading: (reading: TableReading) => Promise<void>,
) {
  function set<S extends SectionName, K extends keyof RunConfig[S] & string>(
    section: S,
    key: K,
    value: RunConfig[S][K],
  ) {
    store.setState(({ config, invalidFields, ...state }) => ({
      ...withOwn({ ...state, config }, { ...config, [section]: { ...config[section], [key]: value } }, [
        `${section}.${key}`,
      ]),
      invalidFields: invalidFields.filter((field) => field !== `${section}.${key}`),
      startError: null,
    }));
    refresh();
  }

  /** What is learned of a row. The loss of one problem type fits no other. */
  function setProblemType(problem_type: ProblemType) {
    const dataset = withoutUnread({ ...store.getState().config.dataset, problem_type });
    store.setState((state) => {
      const { config, data, model } = state;
      const reads = model.value?.reads ?? null;
      const next: RunConfig = {
        ...config,
        dataset: { ...dataset, ...columnsFor(data.value, dataset, chosenByHand(state.own), reads) },
        training: { ...config.training, loss_function: usualLoss(problem_type) },
      };
      return { ...withOwn(state, next, ['dataset.problem_type']), startError: null };
    });
    refresh();
  }

  /** Uses a column of the table otherwise. */
  function setColumnRole(column: string, role: ColumnRole) {
    store.setState((state) => {
      const { config } = state;
      const next = { ...config, dataset: { ...config.dataset, ...withRole(column, role, config.dataset) } };
      return { ...withOwn(state, next, changedKeys(config, next)), startError: null };
    });
    refresh();
  }

  /** Sets all that a remedy sets. */
  function mend(remedy: Remedy) {
    for (const [section, values] of Object.entries(remedy))
      for (const [key, value] of Object.entries(values)) set(section as SectionName, key as never, value as never);
  }

  /** A field that holds no number blocks Start until it does. */
  function markInvalid(field: string, invalid: boolean) {
    store.setState(({ invalidFields }) => {
      const others = invalidFields.filter((name) => name !== field);
      return { invalidFields: invalid ? [...others, field] : others };
    });
  }

  function tick(change: TickChange) {
    const { model, tuning, config } = store.getState();
    if (!model.value || !tuning.value) return;
    const { method } = config.tuning;
    const adapterMethod = methodFacts[method].onModules ? method : 'lora';
    const next = applyTicks(model.value.parameters, tuning.value.states, change, adapterMethod);
    takeConfig(withChoice(config, { ticks: next.ticks }));
    // Shown at once; the worker's answer, with counts and memory, replaces it.
    store.setState({ tuning: { ...tuning, value: { ...tuning.value, states: next.states } } });
  }

  const undo = () => move('undo', 'redo');
  const redo = () => move('redo', 'undo');

  /** Takes the last choice of one list, and puts the one it replaces onto the other. */
  function move(from: 'undo' | 'redo', to: 'undo' | 'redo'): boolean {
    const state = store.getState();
    const last = state[from].at(-1);
    if (!last) return false;
    store.setState({
      config: followingRecipe({ ...state, config: withChoice(state.config, last) }),
      [from]: state[from].slice(0, -1),
      [to]: [...state[to], choiceOf(state)],
    });
    refresh();
    return true;
  }

  /** A whole config that was offered with its cost. What it changes of method, ticks or kept weights can be undone. */
  function takeConfig(config: RunConfig) {
    store.setState((state) => ({
      ...withOwn(state, config, changedKeys(state.config, config)),
      undo: [...state.undo, choiceOf(state)].slice(-undoDepth),
      redo: [],
      startError: null,
    }));
    refresh();
  }

  const estimate = (config: RunConfig) => client.request('estimate', { config });
  const asCode = async (config: RunConfig) => (await client.request('asCode', { config })).code;

  /** Names that a rule picks. @throws AppError 'run-config-invalid' for a pattern that is no regular expression. */
  const select = async (selector: Selector) =>
    (await client.request('select', { selector, config: store.getState().config })).names;

  let loading: Promise<ReadConfig> | null = null;

  /**
   * Replaces the form by a file of settings: a run config, or another program's. What is open stays open, under its own
   * name; where the file names the same table, it is read again as the file says. Gives what became of each key. Files
   * are read in turn, so that the one chosen last stays.
   * @throws AppError as reading the file does
   */
  function loadConfig(blob: Blob, file: string): Promise<ReadConfig> {
    const before = loading?.catch(() => {}) ?? Promise.resolve();
    const loads = before
      .then(() => readInto(blob, file))
      .finally(() => {
        if (loading === loads) loading = null;
      });
    loading = loads;
    return loads;
  }

  /** The forgetting check reads the texts of a file from now on. @throws AppError as reading the file does */
  async function loadGeneralTexts(blob: Blob, file: string): Promise<GeneralTexts> {
    const read = await client.request('readGeneralTexts', { blob, file });
    set('logging', 'general_texts', read.texts);
    return read;
  }

  /** Once the form is what the files chosen last say. @throws AppError as reading them does */
  async function whenLoaded(): Promise<void> {
    while (loading) await loading;
  }

  async function readInto(blob: Blob, file: string): Promise<ReadConfig> {
    const read = await client.request('readConfig', { text: await blob.text(), file });
    store.setState((state) => ({
      ...withOwn({ ...state, own: [] }, withLossNamed(withOpenNames(read.config, state)), read.written),
      fromExample: false,
      undo: [],
      redo: [],
      invalidFields: [],
      startError: null,
    }));
    refresh();
    const { data, config } = store.getState();
    const { dataset } = read.config;
    const isItsTable = data.value !== null && namesTable(dataset, data.value.name);
    if (isItsTable && !isSameReading(dataset, config.dataset)) await chooseReading(readingOf(dataset));
    return read;
  }

  const writeConfig = (format: ConfigFormat) =>
    client.request('writeConfig', { config: store.getState().config, format });

  return {
    set,
    setProblemType,
    setColumnRole,
    mend,
    markInvalid,
    tick,
    takeConfig,
    undo,
    redo,
    estimate,
    asCode,
    select,
    loadConfig,
    loadGeneralTexts,
    whenLoaded,
    writeConfig,
  };
}

function choiceOf({ config: { model, tuning } }: Studio): Choice {
  const { method, train_parameters, lora_target_modules, layers_to_transform } = tuning;
  return { ticks: { method, train_parameters, lora_target_modules, layers_to_transform }, weights: model.weights };
}

function withChoice(config: RunConfig, { ticks, weights = config.model.weights }: Partial<Choice>): RunConfig {
  return { ...config, model: { ...config.model, weights }, tuning: { ...config.tuning, ...ticks } };
}

/** A file names a model and a table that the page cannot open by name: those that are open stay. */
function withOpenNames(config: RunConfig, { config: now, model, data }: Studio): RunConfig {
  const { llm_backbone, revision } = now.model;
  return {
    ...config,
    model: { ...config.model, ...(model.value ? { llm_backbone, revision } : {}) },
    dataset: data.value ? withOpenTable(config.dataset, now.dataset) : config.dataset,
  };
}
