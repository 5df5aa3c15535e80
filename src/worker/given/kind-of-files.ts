/** What files are that were dropped or chosen, told by their names: where they are not what is wanted, the error says what they are. */
import { AppError, because, type Reason } from '../../errors.ts';
import { isGguf } from '../../files/needed-files.ts';
import type { ModelFiles } from '../../files/source.ts';

export type FilesKind =
  | 'run'
  | 'adapter'
  | 'model'
  | 'gguf'
  | 'several'
  | 'settings'
  | 'rows'
  | 'images'
  | 'nothing'
  | 'other';

/** What the places of the page ask for. */
export type WantedKind = 'model' | 'adapter' | 'run' | 'rows';

export const tableEnding = /\.(csv|tsv|jsonl?|ndjson|parquet|pq|xlsx|conll|bio|iob2?|txt)$/i;
export const pictureEnding = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;

const has =
  (pattern: RegExp) =>
  (paths: readonly string[]): boolean =>
    paths.some((path) => pattern.test(path));

/** The most telling first: a run holds tables, an adapter weights. */
const signs: readonly (readonly [kind: FilesKind, is: (paths: readonly string[]) => boolean])[] = [
  ['nothing', (paths) => paths.length === 0],
  ['run', (paths) => paths.includes('run.json') && paths.includes('info.json')],
  ['adapter', has(/^adapter_config\.json$/)],
  ['model', has(/^(config\.json|[^/]+\.safetensors|pytorch_model[^/]*\.bin|tokenizer\.json)$/)],
  ['gguf', (paths) => paths.some(isGguf)],
  ['several', has(/\/(adapter_)?config\.json$/)],
  ['settings', (paths) => paths.every((path) => /\.(json|ya?ml)$/i.test(path))],
  ['rows', has(tableEnding)],
  ['images', has(pictureEnding)],
];

export async function kindOfFiles(files: ModelFiles): Promise<FilesKind> {
  const paths = (await files.list()).map(({ path }) => path);
  return signs.find(([, is]) => is(paths))?.[0] ?? 'other';
}

const found: Readonly<Record<FilesKind, Reason>> = {
  run: because`a saved run`,
  adapter: because`an adapter`,
  model: because`a model`,
  gguf: because`a GGUF file, the form of llama.cpp`,
  several: because`several folders of models or adapters`,
  settings: because`settings`,
  rows: because`tables`,
  images: because`pictures`,
  nothing: because`no files`,
  other: because`other files`,
};

const wantedWords: Readonly<Record<WantedKind, Reason>> = {
  model: because`a model`,
  adapter: because`an adapter`,
  run: because`a saved run`,
  rows: because`a table or pictures`,
};

/** Where what was found belongs; the rest is told by what is wanted. */
const belongs: Partial<Record<FilesKind, Reason>> = {
  run: because`Import it under “Runs”, in the Train step.`,
  adapter: because`Open its base model first, then choose the adapter below it.`,
  model: because`Open it in the Model step.`,
  gguf: because`Open it in the Model step: from your disk, or a file of the Hub by its path (owner/name/file.gguf).`,
  several: because`Choose one of the folders in it.`,
  settings: because`Load them in the Train step.`,
  rows: because`Open them in the Data step.`,
  images: because`Open them in the Data step, with a model for images.`,
};

const choose: Readonly<Record<WantedKind, Reason>> = {
  model: because`Choose the folder or .zip that holds config.json, the weights (.safetensors) and the tokenizer, or a .gguf file.`,
  adapter: because`Choose the folder or .zip that holds adapter_config.json and adapter_model.safetensors.`,
  run: because`Choose the .zip of a run that was exported.`,
  rows: because`Choose a table, or pictures in a folder for each class.`,
};

/** Says what the files are, what is wanted and where they belong. */
export function anotherKind(name: string, kind: FilesKind, wanted: WantedKind): AppError {
  const instead = belongs[kind] ?? choose[wanted];
  return new AppError('files-of-another-kind', { name, found: found[kind], wanted: wantedWords[wanted], instead });
}

/** Bytes at the most of a file that may be settings. */
const largestSettings = 1 << 20;

/** The sections of settings would be read as columns. @throws AppError 'files-of-another-kind' where a file is settings */
export async function requireNoSettings(name: string, [blob]: readonly Blob[]): Promise<void> {
  if (!/\.json$/i.test(name) || blob === undefined || blob.size > largestSettings) return;
  const { isSettingsText } = await import('../../training/config/config-files/read.ts');
  if (await isSettingsText(await blob.text())) throw anotherKind(name, 'settings', 'rows');
}

/** @throws AppError 'files-of-another-kind' where the files are none of what is wanted */
export async function requireKind(files: ModelFiles, ...wanted: readonly [WantedKind, ...FilesKind[]]): Promise<void> {
  const kind = await kindOfFiles(files);
  if (!wanted.includes(kind)) throw anotherKind(files.describe(), kind, wanted[0]);
}
