import { recogniseColumns } from '../data/columns.ts';
import { encodingPreviews } from '../data/detect-encoding.ts';
import { readTables } from '../data/read-table.ts';
import { taskOfModel } from '../tasks/registry.ts';
import { readConfigText, writeConfigText } from '../training/config-files/read.ts';
import { openModel, openTokenizer } from '../training/open-model.ts';
import { parseRunConfig } from '../training/run-config.ts';
import { modelSummary } from './model-summary.ts';
import { openPictureArchive, openPictureFolder, pictureFacts } from './pictures.ts';
import type { DataSource, DataSummary, ModelSource } from './protocol.ts';
import type { Handlers } from './serve.ts';
import { exampleRunJson, exampleTable, hubParts, hubTable, modelFiles } from './sources.ts';
import type { OpenedModel, OpenedTable, Workshop } from './workshop.ts';

const shownRows = 20;

type OpenHandlers = Pick<
  Handlers,
  'openModel' | 'openData' | 'readAgain' | 'listDataset' | 'exampleConfig' | 'readConfig' | 'writeConfig'
>;

/** Opening models and tables. What was open stays open until the new one is there. */
export function openHandlers(workshop: Workshop): OpenHandlers {
  return {
    async openModel({ source }) {
      const download = new AbortController();
      workshop.download = download;
      const opened = await loadModel(workshop, source, download.signal);
      workshop.model = opened;
      workshop.adapter = null;
      return modelSummary(opened);
    },
    async openData({ source, use, encoding = '' }) {
      const opened = await loadTable(workshop, source, encoding);
      if (use === 'validation') workshop.validation = opened;
      else workshop.table = opened;
      return await dataSummary(opened, encoding);
    },
    async readAgain({ encoding }) {
      const again = async (opened: OpenedTable | null) =>
        opened && { ...opened, table: await readTables(opened.blobs, { fileName: opened.name, encoding }) };
      const [table, validation] = [await again(workshop.requireTable()), await again(workshop.validation)];
      [workshop.table, workshop.validation] = [table, validation];
      return {
        table: await dataSummary(table!, encoding),
        validation: validation && (await dataSummary(validation, encoding)),
      };
    },
    async listDataset({ id, revision, endpoint, token }) {
      return { parts: await hubParts(id, revision, { endpoint, token }, await workshop.storage()) };
    },
    exampleConfig: async () => parseRunConfig(JSON.parse(await exampleRunJson())),
    readConfig: ({ text, file }) => readConfigText(text, file),
    writeConfig: ({ config, format }) => writeConfigText(parseRunConfig(config), format),
  };
}

/** Files, model and tokenizer of a source, held against each other. */
export async function loadModel(workshop: Workshop, source: ModelSource, signal?: AbortSignal): Promise<OpenedModel> {
  const files = await modelFiles(source, await workshop.storage(), workshop.emit, signal);
  const open = await openModel(files);
  const name = source.kind === 'example' ? 'atelier-example' : files.describe();
  const readsText = taskOfModel(open.model).reads === 'tables';
  return { source, name, open, tokenizer: readsText ? await openTokenizer(files) : null };
}

async function loadTable(workshop: Workshop, source: DataSource, encoding: string): Promise<OpenedTable> {
  if (source.kind === 'pictures') return openPictureFolder(source.name, source.files);
  if (source.kind === 'file' && /\.zip$/i.test(source.name)) return openPictureArchive(source.name, source.blob);
  const { name, blobs } = await tableFiles(workshop, source);
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'reading', done, total });
  return { name, blobs, table: await readTables(blobs, { fileName: name, encoding, onProgress: seldom(onProgress) }) };
}

async function tableFiles(
  workshop: Workshop,
  source: Exclude<DataSource, { kind: 'pictures' }>,
): Promise<Pick<OpenedTable, 'name' | 'blobs'>> {
  if (source.kind === 'file') return { name: source.name, blobs: [source.blob] };
  if (source.kind === 'example') {
    const { name, blob } = await exampleTable();
    return { name, blobs: [blob] };
  }
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'downloading', done, total });
  return hubTable(source, await workshop.storage(), seldom(onProgress));
}

/** Passes on what is told at most ten times a second, and the end. */
function seldom(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (now - last < 100 && done < total) return;
    last = now;
    tell(done, total);
  };
}

/** Characters of a cell that the page shows. */
const shownCharacters = 1000;

const clipped = (cell: string): string => (cell.length > shownCharacters ? `${cell.slice(0, shownCharacters)}…` : cell);

/** @param encoding the one that was asked for, if any */
async function dataSummary({ name, blobs, table, pictures }: OpenedTable, encoding: string): Promise<DataSummary> {
  const mayDiffer = table.encodingGuessed || encoding !== '';
  return {
    name,
    columns: table.columns,
    rowCount: table.rows.length,
    firstRows: table.rows.slice(0, shownRows).map((cells) => cells.map(clipped)),
    recognised: recogniseColumns(table.columns, table.rows.slice(0, shownRows)),
    format: table.format,
    delimiter: table.delimiter,
    encoding: table.encoding,
    encodingGuessed: table.encodingGuessed,
    encodings: table.encoding !== '' && mayDiffer ? await encodingPreviews(blobs[0]!, table.encoding) : [],
    problems: table.problems,
    pictures: pictures ? await pictureFacts(pictures) : null,
  };
}
