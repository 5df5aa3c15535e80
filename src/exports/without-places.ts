/** A run's settings for elsewhere: where things lie on this computer is of no use there, and nobody's business. */
import { folderFiles } from '../files/archive.ts';
import { type Directory, readText } from '../files/directory.ts';
import type { StreamedFile } from './target.ts';
import { jsonFile } from './weight-tensors.ts';

/** By section, the settings that are paths. */
const places: Readonly<Record<string, readonly string[]>> = {
  model: ['llm_backbone'],
  dataset: ['train_dataframe', 'validation_dataframe'],
  tuning: ['init_from'],
  environment: ['output_directory'],
};

/** The same settings with each path as its last part, beside the file that says it. Names of the Hub stay. */
export function withoutPlaces<T extends object>(settings: T): T {
  const sections = Object.entries(settings).map(([section, values]: [string, unknown]) => {
    const paths = places[section];
    if (!paths || typeof values !== 'object' || values === null) return [section, values];
    const named = Object.entries(values).map(([key, value]) => [key, paths.includes(key) ? lastPart(value) : value]);
    return [section, Object.fromEntries(named)];
  });
  return Object.fromEntries(sections) as T;
}

/** A run that is kept says paths from the root, or with a dot before them; a name has neither. */
function lastPart(path: unknown): unknown {
  if (typeof path !== 'string' || !/^([./\\]|[a-z]:)/i.test(path)) return path;
  const last = path.split(/[\\/]/).findLast((part) => !/^(\.{0,2}|[a-z]:)$/i.test(part));
  return last === undefined ? './' : `./${last}`;
}

/** The files in the folder of a run, its settings for elsewhere; damaged ones as they are, which may yet be mended. */
export async function runFolderFiles(folder: Directory): Promise<StreamedFile[]> {
  const path = 'run.json';
  const files = await folderFiles(folder);
  const settings = await readText(folder, path)
    .then(JSON.parse)
    .catch(() => null);
  return files.map((file) =>
    file.path === path && settings !== null ? jsonFile(path, withoutPlaces(settings as object)) : file,
  );
}
