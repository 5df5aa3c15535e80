import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { DataSource, DataSummary, ModelSource } from '../../worker/protocol.ts';
import type { StudioStore } from '../store.ts';

/** Opening models and tables. A failure leaves what was open before as it was. */
export function openCommands(store: StudioStore, client: Client, refresh: () => void) {
  client.on('download', ({ file, received, total }) => {
    store.setState(({ model }) => ({ model: { ...model, files: { ...model.files, [file]: { received, total } } } }));
  });

  async function openModel(source: ModelSource): Promise<boolean> {
    store.setState(({ model }) => ({
      model: { ...model, pending: true, error: null, opening: describeSource(source), files: {} },
    }));
    try {
      const value = await client.request('openModel', { source });
      store.setState(({ model, config }) => ({
        model: { ...model, value, pending: false, source: withoutToken(source) },
        // Ticks name parameters of the model before; the usual ones of the new architecture stand in.
        config: {
          ...config,
          model: { ...config.model, llm_backbone: describeSource(source), revision: revisionOf(source) },
          tuning: { ...config.tuning, method: 'lora', train_parameters: [], lora_target_modules: '' },
        },
        undo: [],
        redo: [],
        tuning: { value: null, pending: false, error: null },
      }));
      refresh();
      return true;
    } catch (thrown) {
      store.setState(({ model }) => ({ model: { ...model, pending: false, error: toAppError(thrown) } }));
      return false;
    }
  }

  async function openData(source: DataSource): Promise<boolean> {
    const opening = source.kind === 'file' ? source.name : 'data.csv';
    store.setState(({ data }) => ({ data: { ...data, pending: true, error: null, opening } }));
    try {
      const value = await client.request('openData', { source });
      store.setState(({ data, config }) => ({
        data: { ...data, value, pending: false },
        config: {
          ...config,
          dataset: { ...config.dataset, train_dataframe: value.name, ...columnsFor(value, config.dataset) },
        },
        dataPreview: { value: null, pending: false, error: null },
      }));
      refresh();
      return true;
    } catch (thrown) {
      store.setState(({ data }) => ({ data: { ...data, pending: false, error: toAppError(thrown) } }));
      return false;
    }
  }

  return { openModel, openData };
}

/** The mapping already chosen where the new table has those columns, else the recognised one. */
function columnsFor(
  summary: DataSummary,
  chosen: { readonly prompt_column: readonly string[]; readonly answer_column: string },
) {
  const has = (column: string) => summary.columns.includes(column);
  if (chosen.prompt_column.length > 0 && chosen.prompt_column.every(has) && has(chosen.answer_column)) {
    // A table may have an `input` column beside the one named by default.
    const recognised = summary.promptColumns.length > chosen.prompt_column.length ? summary.promptColumns : null;
    return { prompt_column: recognised ?? chosen.prompt_column, answer_column: chosen.answer_column };
  }
  return { prompt_column: summary.promptColumns, answer_column: summary.answerColumn ?? '' };
}

export function describeSource(source: ModelSource): string {
  if (source.kind === 'example') return './model';
  if (source.kind === 'hub') return source.id;
  const first = source.files[0]?.path ?? '';
  return first.includes('/') ? first.slice(0, first.indexOf('/')) : first;
}

const revisionOf = (source: ModelSource) => (source.kind === 'hub' ? source.revision : 'main');

/** The token goes to the worker and is kept there; the store, which devtools can read, does not hold it. */
function withoutToken(source: ModelSource): ModelSource {
  if (source.kind !== 'hub') return source;
  const { token: _, ...rest } = source;
  return rest;
}
