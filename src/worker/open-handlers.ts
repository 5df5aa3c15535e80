import { recogniseColumns } from '../data/columns.ts';
import { readTable } from '../data/read-table.ts';
import { AppError } from '../errors.ts';
import { elementCount } from '../graph/types.ts';
import { openModel, openTokenizer } from '../training/open-model.ts';
import { parseRunConfig } from '../training/run-config.ts';
import type { DataSource, DataSummary, ModelSource, ModelSummary } from './protocol.ts';
import type { Handlers } from './serve.ts';
import { exampleRunJson, exampleTable, modelFiles } from './sources.ts';
import type { OpenedModel, OpenedTable, Workshop } from './workshop.ts';

const shownRows = 20;

type OpenHandlers = Pick<Handlers, 'openModel' | 'openData' | 'exampleConfig' | 'parseConfig'>;

/** Opening models and tables. What was open stays open until the new one is there. */
export function openHandlers(workshop: Workshop): OpenHandlers {
  return {
    async openModel({ source }) {
      const opened = await loadModel(workshop, source);
      workshop.model = opened;
      return modelSummary(opened);
    },
    async openData({ source }) {
      const opened = await loadTable(source);
      workshop.table = opened;
      return dataSummary(opened);
    },
    exampleConfig: async () => parseRunConfig(JSON.parse(await exampleRunJson())),
    async parseConfig({ json }) {
      let value: unknown;
      try {
        value = JSON.parse(json);
      } catch (cause) {
        throw new AppError('run-config-invalid', { key: '(whole file)', reason: 'it is not JSON' }, { cause });
      }
      return parseRunConfig(value);
    },
  };
}

/** Files, model and tokenizer of a source, held against each other. */
export async function loadModel(workshop: Workshop, source: ModelSource): Promise<OpenedModel> {
  const files = await modelFiles(source, await workshop.storage(), workshop.emit);
  const open = await openModel(files);
  const tokenizer = await openTokenizer(files);
  const name = source.kind === 'example' ? 'atelier-example' : files.describe();
  return { source, name, open, tokenizer };
}

export async function loadTable(source: DataSource): Promise<OpenedTable> {
  const { name, blob } = source.kind === 'example' ? await exampleTable() : source;
  return { name, blob, table: await readTable(blob, { fileName: name }) };
}

function modelSummary({ name, open, tokenizer }: OpenedModel): ModelSummary {
  const { model } = open;
  const parameters = model.parameters.map((parameter) => ({
    name: parameter.name,
    module: parameter.module,
    shape: parameter.shape,
    size: elementCount(parameter.shape),
    layer: parameter.layer ?? null,
    role: parameter.role,
  }));
  return {
    name,
    modelType: model.modelType,
    ...published(open, parameters),
    totalParameters: parameters.reduce((sum, { size }) => sum + size, 0),
    layers: model.layers,
    hiddenSize: model.hiddenSize,
    vocabularySize: model.vocabularySize,
    maxPositions: model.maxPositions,
    hasChatTemplate: tokenizer.chatTemplate !== null,
    parameters,
  };
}

/** Bytes of the weights, and the data type that most of them have. */
function published({ dtypes }: OpenedModel['open'], parameters: ModelSummary['parameters']) {
  const bytesByType = new Map<string, number>();
  for (const { name, size } of parameters) {
    const dtype = dtypes(name);
    bytesByType.set(dtype, (bytesByType.get(dtype) ?? 0) + size * (dtype === 'f32' ? 4 : 2));
  }
  const [most] = [...bytesByType].sort((a, b) => b[1] - a[1]);
  return { dtype: most?.[0] ?? '', bytes: [...bytesByType.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

function dataSummary({ name, table }: OpenedTable): DataSummary {
  const { prompt_column, answer_column } = recogniseColumns(table.columns);
  return {
    name,
    columns: table.columns,
    rowCount: table.rows.length,
    firstRows: table.rows.slice(0, shownRows),
    promptColumns: prompt_column,
    answerColumn: answer_column,
    format: table.format,
    delimiter: table.delimiter,
    encoding: table.encoding,
    problems: table.problems,
  };
}
