import { toAppError } from '../../errors.ts';
import { isRecipeKey } from '../../training/config/recipes.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { DataSource, ModelSource, NamedBlob, RunDetail, SharedView } from '../../worker/protocol.ts';
import { rebased } from '../own-settings.ts';
import { hostOf } from '../parts/hub-endpoint.ts';
import { startConfig } from '../start-config.ts';
import type { Missing, StudioStore } from '../store.ts';
import { asPreferences } from '../tasks/as-preferences.ts';
import type { KeptModel, KeptSetup, KeptTable, Parts, Setups } from './kept-setup.ts';
import type { Form, VisitorChanges } from './visitor-changes.ts';

interface Around {
  readonly store: StudioStore;
  readonly client: Client;
  readonly setups: Setups;
  readonly open: {
    openModel(source: ModelSource): Promise<boolean>;
    openData(source: DataSource): Promise<boolean>;
    openValidation(source: DataSource): Promise<boolean>;
    continueAdapter(files: readonly NamedBlob[]): Promise<boolean>;
  };
  readonly changes: VisitorChanges;
  readonly refresh: () => void;
  readonly take: (parts: Partial<Parts>) => void;
}

/** Whether nothing else was asked for, or opened by the visitor, since. */
type IsLast = () => boolean;

/** Brings back what the page was set up with, by the last visit or for a run. */
export function restoring({ store, client, setups, open, changes, refresh, take }: Around) {
  /** The settings that what is still missing belongs to, and when they were asked for. */
  let settings: { readonly form: Form; readonly since: number; readonly isLast: IsLast } | null = null;
  /** A model of the Hub that is to be downloaded again. */
  let absentModel: ModelSource | null = null;

  /** Opens what can be opened without the visitor, and says what cannot. */
  async function bring(
    { model, table, validation, adapterOf, config, own, fromExample }: KeptSetup,
    { of, since, isLast }: Asked,
  ): Promise<boolean> {
    const wanted = { model, table, validation };
    const names = [nameOf(model), nameOf(table), nameOf(validation)].filter((name) => name !== '');
    const missing: Missing[] = [];
    store.setState({ restored: { of, pending: true, names, missing } });
    settings = { form: { config, own, fromExample }, since, isLast };
    takeSettings();
    for (const what of ['model', 'table', 'validation'] as const) {
      if (wanted[what] === null) continue;
      const absent = await openPart(what, wanted[what]);
      if (!isLast()) return false;
      if (absent) missing.push(absent);
    }
    // Opening a model or a table guesses settings: those that were kept count.
    takeSettings();
    const from = config.tuning.init_from;
    if (from !== '') {
      const opened = adapterOf !== null && missing.length === 0 && (await openRunAdapter(adapterOf, from, isLast));
      if (!isLast()) return false;
      if (!opened) missing.push({ what: 'adapter', name: from, known: null });
    }
    take({ ...wanted, adapterOf });
    store.setState({ restored: { of, pending: false, names, missing } });
    refresh();
    return true;
  }

  /** Null where it is open, else what is missing. */
  async function openPart(
    what: 'model' | 'table' | 'validation',
    part: KeptModel | KeptTable,
  ): Promise<Missing | null> {
    const name = nameOf(part);
    if (part.kind === 'folder') {
      const { model } = store.getState();
      if (model.value?.name === name) return null;
      const folder = await setups.folder();
      const isThere = folder !== null && `${name}/`.startsWith(`${folder.name}/`);
      const files = isThere ? await folder.files(false).catch(() => null) : null;
      if (files && (await open.openModel({ kind: 'files', files }))) return null;
      return { what, name, known: isThere ? 'folder' : null };
    }
    if (part.kind === 'named') return { what, name, known: null };
    if (what === 'model') {
      const source = part as ModelSource;
      // Nothing large is downloaded unasked.
      if (source.kind === 'hub' && !(await isDownloaded(client, source))) {
        absentModel = source;
        return { what, name, known: 'hub' };
      }
      if (await open.openModel(source)) return null;
      absentModel = source;
      return { what, name, known: 'hub' };
    }
    const opens = what === 'table' ? open.openData : open.openValidation;
    return (await opens(part as DataSource)) ? null : { what, name, known: null };
  }

  /** With what the visitor has set since they were asked for; nothing where the visitor has opened something else. */
  function takeSettings() {
    if (!settings?.isLast()) return;
    const { config, ...others } = changes.over(settings.form, settings.since);
    store.setState(({ config: { environment, model, dataset } }) => {
      const { output_directory } = environment;
      const { llm_backbone } = config.model.llm_backbone === '' ? model : config.model;
      const { train_dataframe } = config.dataset.train_dataframe === '' ? dataset : config.dataset;
      return {
        ...others,
        config: {
          ...config,
          model: { ...config.model, llm_backbone },
          dataset: { ...config.dataset, train_dataframe },
          environment: { ...config.environment, output_directory },
        },
        ...{ undo: [], redo: [] },
      };
    });
  }

  async function openRunAdapter(runId: string, name: string, isLast: IsLast): Promise<boolean> {
    try {
      const { config: asked } = store.getState();
      const { tuning } = await client.request('openRunAdapter', { runId, name, config: asked });
      if (!isLast()) return false;
      store.setState(({ config }) => ({ config: rebased(config, asked, { ...asked, tuning }), undo: [], redo: [] }));
      return true;
    } catch (thrown) {
      if (isLast()) store.setState({ startError: toAppError(thrown) });
      return false;
    }
  }

  /** The set-up of the last visit. */
  async function restore(kept: KeptSetup, isLast: IsLast): Promise<void> {
    try {
      // Settings that another version of the page kept may mean nothing to this one.
      const text = JSON.stringify(kept.config);
      const { config } = await client.request('readConfig', { text, file: 'run.json', isOwn: true });
      if (!isLast()) return;
      const form = { config, own: kept.own ?? [], fromExample: kept.fromExample ?? false };
      await bring({ ...kept, ...form }, { of: null, since: 0, isLast });
    } catch {
      if (!isLast()) return;
      store.setState({ restored: null });
      setups.save(null);
    }
  }

  async function startOver(): Promise<void> {
    settings = null;
    take({ model: null, table: null, validation: null, adapterOf: null });
    store.setState(({ config }) => blank(config));
    setups.save(null);
    // What is under way is asked of the form before.
    refresh();
    await client.request('forgetSetup', {}).catch(() => {});
  }

  /** Takes what was missing away from the note, with the settings that it was kept with. */
  function found(what: Missing['what']) {
    // An adapter brings the settings that it was made with.
    if (what !== 'adapter') takeSettings();
    store.setState(({ restored }) => ({
      restored: restored && { ...restored, missing: restored.missing.filter((each) => each.what !== what) },
    }));
    refresh();
  }

  async function bringBack({ what, known }: Missing, chosen?: readonly NamedBlob[]): Promise<void> {
    if (what === 'adapter') {
      if (!chosen) return;
      await open.continueAdapter(chosen).then(
        (isTaken) => isTaken && found(what),
        (thrown) => store.setState({ startError: toAppError(thrown) }),
      );
      return;
    }
    if (what !== 'model') {
      const [first] = chosen ?? [];
      if (!first) return;
      const opens = what === 'table' ? open.openData : open.openValidation;
      const { blob, path } = first;
      const name = path.slice(path.lastIndexOf('/') + 1);
      const source: DataSource = { kind: 'file', name, blob };
      // What a shared run says of reading its file holds for this one, whatever its name.
      if (settings && settings.form.config.dataset.train_dataframe === '' && what === 'table') {
        settings = { ...settings, form: withTable(settings.form, name) };
        takeSettings();
      }
      if (await opens(source)) found(what);
      return;
    }
    const source = chosen ? { kind: 'files' as const, files: chosen } : await askedModel(known);
    if (source && (await open.openModel(source))) found(what);
  }

  /** A folder that the browser knows, once the visitor agrees; or the Hub's model, which is downloaded. */
  async function askedModel(known: Missing['known']): Promise<ModelSource | null> {
    if (known === 'hub') return absentModel;
    const files = await (await setups.folder())?.files(true);
    return files ? { kind: 'files', files } : null;
  }

  /** @param adapterOf the run whose adapter is the start of the next one */
  async function reuse(runId: string, adapterOf: string | null, asked: Omit<Asked, 'of'>): Promise<boolean> {
    const { isLast } = asked;
    try {
      const [detail, sources] = [
        await client.request('readRun', { runId }),
        await client.request('runSources', { runId }),
      ];
      if (!isLast()) return false;
      const config = asDraft(detail, adapterOf !== null);
      const form = { config, own: recipeKeys(config), fromExample: false };
      return await bring({ ...sources, adapterOf, ...form }, { ...asked, of: detail.name });
    } catch (thrown) {
      if (!isLast()) return false;
      store.setState({ restored: null, startError: toAppError(thrown) });
      return false;
    }
  }

  /**
   * The pairs that somebody chose between answers of a run's result, learned from its adapter on. What follows from the rows
   * does so from these.
   */
  async function reuseChoices({ run, result, table }: ChosenFrom, asked: Omit<Asked, 'of'>): Promise<boolean> {
    const { isLast } = asked;
    try {
      const [detail, { model }] = [
        await client.request('readRun', { runId: run }),
        await client.request('runSources', { runId: run }),
      ];
      if (!isLast()) return false;
      const config = asPreferences(asDraft(detail, true), table);
      const choices = { kind: 'choices', runId: run, name: table } as const;
      const form = { config, own: [], fromExample: false };
      const parts = { model, table: choices, validation: null, adapterOf: result };
      return await bring({ ...parts, ...form }, { ...asked, of: detail.name });
    } catch (thrown) {
      if (!isLast()) return false;
      store.setState({ restored: null, startError: toAppError(thrown) });
      return false;
    }
  }

  /** The model at the commit that it was opened at; the data is asked for, since nobody but its owner has it. */
  async function reuseShared({ detail, model, data }: SharedView, asked: Omit<Asked, 'of'>): Promise<boolean> {
    const { source, hashes } = model;
    const { name, table } = detail;
    const config = asDraft(detail, false);
    return bring(
      {
        model: source.kind === 'hub' ? { ...source, revision: hashes?.commit ?? source.revision } : source,
        table: { kind: 'named', name: table ?? '' },
        validation: data.validation === null ? null : { kind: 'named', name: '' },
        adapterOf: null,
        ...{ config, own: recipeKeys(config), fromExample: false },
      },
      { ...asked, of: name },
    );
  }

  return { restore, startOver, bringBack, reuse, reuseChoices, reuseShared };
}

/** Choices that are learned from. */
export interface ChosenFrom {
  /** The run that they are kept with. */
  readonly run: string;
  /** What of it is trained on: the run, or the weights of one evaluation. */
  readonly result: string;
  /** What the table is called. */
  readonly table: string;
}

/** What a set-up was asked for with. */
interface Asked {
  /** The name of the run that it is of; null of the last visit's. */
  readonly of: string | null;
  /** Changes that the visitor had made. */
  readonly since: number;
  readonly isLast: IsLast;
}

/** What a recipe would set: the settings of a run are taken as they are. */
const recipeKeys = (config: RunConfig): string[] =>
  Object.entries(config)
    .flatMap(([section, settings]) => Object.keys(settings).map((key) => `${section}.${key}`))
    .filter(isRecipeKey);

const withTable = (form: Form, train_dataframe: string): Form => ({
  ...form,
  config: { ...form.config, dataset: { ...form.config.dataset, train_dataframe } },
});

/** As on a first visit; where runs are kept stays. */
function blank({ environment: { output_directory } }: RunConfig) {
  const empty = { value: null, pending: false, error: null };
  const { environment } = startConfig;
  return {
    ...{
      restored: null,
      undo: [],
      redo: [],
      invalidFields: [],
      startError: null,
      own: [],
      fromExample: false,
      facts: null,
    },
    model: { ...empty, source: null, opening: '', files: {} },
    data: { ...empty, opening: '', isExample: false },
    ...{ validation: empty, tuning: empty, dataPreview: empty },
    config: { ...startConfig, environment: { ...environment, output_directory } },
  };
}

/** The settings of a run for another one: with a name of its own, and the adapter of the run as its start if that is asked. */
function asDraft({ config, name }: RunDetail, trainsOn: boolean): RunConfig {
  return {
    ...config,
    environment: { ...config.environment, experiment_name: '' },
    tuning: { ...config.tuning, init_from: trainsOn ? name : '' },
  };
}

async function isDownloaded(client: Client, { id, endpoint }: Extract<ModelSource, { kind: 'hub' }>): Promise<boolean> {
  const { models } = await client.request('cachedModels', {});
  const host = endpoint === '' ? 'huggingface.co' : hostOf(endpoint);
  return models.some(({ model, complete }) => complete && model === `${host}/${id}`);
}

function nameOf(part: KeptModel | KeptTable | null): string {
  if (part === null) return '';
  if ('name' in part) return part.name;
  return part.kind === 'hub' ? part.id : 'atelier-example';
}
