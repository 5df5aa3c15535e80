import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { AppError, because, errorWording, fillTemplate, toAppError } from '../errors.ts';
import { baseNameOf } from '../exports/base-name.ts';
import type { Wait } from '../files/hub-patience.ts';
import { isGguf } from '../files/needed-files.ts';
import type { ModelFiles } from '../files/source.ts';
import type { Note } from '../training/config/config-files/foreign.ts';
import { readConfigText } from '../training/config/config-files/read.ts';
import { type RunConfig, valueInWords } from '../training/config/run-config.ts';
import { configFileEn } from '../ui/text/en-settings.ts';
import { cacheFolder } from './cache-folder.ts';
import { nodeFiles } from './node-files.ts';
import { missingFile } from './print.ts';

const words = configFileEn;

/**
 * Reads a file of settings: a run config, or another program's (`readConfigText`). What of another program's settings is
 * left out is told on the standard error.
 * @throws AppError as `readConfigText`, with the file's name; 'path-missing', 'not-a-file'
 */
export const readRunConfig = async (path: string): Promise<RunConfig> => (await readRunSettings(path)).config;

/** A run config, and the keys that its file says. */
export interface RunSettings {
  readonly config: RunConfig;
  readonly written: ReadonlySet<string>;
}

/** The same with what a recipe may not replace. @throws AppError as `readRunConfig` */
export async function readRunSettings(path: string): Promise<RunSettings> {
  const { config, format, notes, written } = await readSettings(path);
  if (format !== 'run-config') console.error(`${path}: ${words.formats[format]}`);
  for (const line of notesInWords(notes.filter(({ reason }) => isTold(reason)))) console.error(line);
  return { config, written: new Set(written) };
}

/** A key that changes nothing here or there needs no word. */
const isTold = (reason: Note['reason']): boolean => reason !== undefined && reason !== 'no-effect';

/** A file of settings, of whatever program, and what became of each of its keys. */
export async function readSettings(path: string) {
  try {
    return await readConfigText(await readText(path), path);
  } catch (thrown) {
    const { code, params, cause } = toAppError(thrown);
    if (!/^run-config-(invalid|unknown-key|strange-key)$/.test(code)) throw thrown;
    throw new AppError(code, { ...params, key: `${params.key} of ${path}` }, { cause });
  }
}

/** @throws AppError 'path-missing', 'not-a-file' */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw missingFile(path, cause);
  });
}

/** What became of the keys of another program's file, a line each. */
export function notesInWords(notes: readonly Note[]): string[] {
  return notes.map(({ key, to, value, implied, reason }) => {
    if (to !== undefined) return `  ${key} → ${to} = ${valueInWords(value)}${implied ? ` ${words.implied}` : ''}`;
    if (typeof reason !== 'object') return `  ${key}: ${words.reasons[reason ?? 'unknown']}`;
    if ('effect' in reason) return `  ${key}: ${words.leftOut(words.effects[reason.effect])}`;
    return `  ${key}: ${words.replaced(valueInWords(reason.value), reason.ours, valueInWords(reason.instead))}`;
  });
}

/** A path of a run config: relative ones are against the folder of the file. */
export function resolvePath(runFile: string, path: string): string {
  return isAbsolute(path) ? path : resolve(dirname(runFile), path);
}

/** The config with its paths rewritten so that they mean the same in another folder. Hub ids stay. */
export function moveConfig(config: RunConfig, runFile: string, folder: string): RunConfig {
  const move = (path: string) => {
    if (path === '') return path;
    const moved = relative(resolve(folder), resolvePath(runFile, path)).split(sep).join('/');
    return moved.startsWith('.') || isAbsolute(moved) ? moved : `./${moved}`;
  };
  const { model, dataset, tuning, environment } = config;
  const local = isHubId(runFile, model.llm_backbone) ? model.llm_backbone : move(model.llm_backbone);
  return {
    ...config,
    model: { ...model, llm_backbone: local },
    dataset: {
      ...dataset,
      train_dataframe: move(dataset.train_dataframe),
      validation_dataframe: move(dataset.validation_dataframe),
    },
    tuning: { ...tuning, init_from: move(tuning.init_from) },
    environment: { ...environment, output_directory: move(environment.output_directory) },
  };
}

/**
 * A name such as owner/model, or owner/model/file.gguf, that is nothing on this computer. A GGUF file that is missing from
 * a folder beside the run file is none; a model may be, as others of its owner may lie in that folder.
 */
export function isHubId(runFile: string, name: string): boolean {
  const beside = isGguf(name) ? (name.split('/').slice(0, -1)[0] ?? '.') : name;
  return /^[\w-][\w.-]*(\/[\w.-]+(\/.+\.gguf)?)?$/i.test(name) && !existsSync(resolvePath(runFile, beside));
}

/**
 * What PEFT writes as `base_model_name_or_path`: the Hub id, or `./` and the folder's own name. Where that lies is of no use
 * elsewhere, and nobody's business there; a bare name would be one of the Hub. Of a GGUF file its source, or null.
 */
export const baseName = (runFile: string, model: string, files: ModelFiles): string | null =>
  baseNameOf(files, isHubId(runFile, model) ? model : `./${basename(resolvePath(runFile, model))}`);

/** What to do about a Hub model: `all` brings every file that training needs into the cache first, `listed` none. */
export type Wanted = 'all' | 'listed';

/**
 * The files of a model: a folder, or a Hub model by its id. `HF_ENDPOINT` and `HF_TOKEN` are read for the Hub; downloads
 * are kept in the user's cache folder.
 * @throws AppError 'path-missing' for a folder that is not there, and those of the Hub
 */
export async function openModelFiles(
  runFile: string,
  { llm_backbone: name, revision }: Pick<RunConfig['model'], 'llm_backbone' | 'revision'>,
  wanted: Wanted,
): Promise<ModelFiles> {
  if (name === '')
    throw new AppError('run-config-invalid', { key: 'model.llm_backbone', reason: because`it is empty` });
  if (isHubId(runFile, name)) return openHubFiles(name, revision, wanted);
  const folder = resolvePath(runFile, name);
  if (!existsSync(folder)) throw new AppError('path-missing', { path: folder });
  const { withGguf, ggufFiles } = await import('../exports/gguf/base/base-files.ts');
  return isGguf(folder) ? ggufFiles(nodeFiles(dirname(folder)), basename(folder)) : withGguf(nodeFiles(folder));
}

async function openHubFiles(id: string, revision: string, wanted: Wanted): Promise<ModelFiles> {
  const [{ openHubModel }, { directoryCache }, { nodeDirectory }, { turnsOfProcesses }] = await Promise.all([
    import('../files/hub.ts'),
    import('../files/cache.ts'),
    import('./node-directory.ts'),
    import('./process-turns.ts'),
  ]);
  const cache = directoryCache(nodeDirectory(cacheFolder()), turnsOfProcesses(cacheFolder()));
  const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = process.env;
  const onWait = ({ reason, waitMs }: Wait) => {
    const again = waitMs > 0 ? ` Trying again in ${Math.ceil(waitMs / 1000)} s.` : ' Waiting for it.';
    process.stderr.write(`${fillTemplate(errorWording[reason.code].cause, reason.params)}${again}\n`);
  };
  const model = await openHubModel(id, revision, { fetch, endpoint, token, patience: { onWait } }, cache);
  if (wanted === 'all') {
    await model.download(undefined, {
      onProgress: ({ path, phase }) => phase === 'done' && process.stderr.write(`${id}: ${path}\n`),
    });
  }
  const { ggufFiles, withGguf } = await import('../exports/gguf/base/base-files.ts');
  return model.ggufFile === null ? withGguf(model) : ggufFiles(model, model.ggufFile);
}
