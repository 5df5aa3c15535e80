import { AppError, toAppError } from '../errors.ts';
import type { ByteCache } from './cache.ts';
import type { DownloadProgress } from './hub-download.ts';
import { type HubRepository, openHubRepository } from './hub-repository.ts';
import { endpointOf, type HubAccess } from './hub-request.ts';

/** A part of a data set that can be opened as a table: its files follow each other. */
export interface DatasetPart {
  readonly config: string;
  readonly split: string;
  /** Branch, tag or commit that the files are of. */
  readonly revision: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Where the Hub keeps every public data set once more as Parquet, as `CONFIG/SPLIT/0000.parquet`. */
const parquetBranch = 'refs/convert/parquet';

const tableEndings = /\.(parquet|csv|tsv|jsonl?|ndjson)$/i;
const splitNames = /(?:^|[^a-z])(train|validation|valid|val|dev|test)(?:ing)?(?=[^a-z]|$)/i;

/**
 * The configurations and splits of a data set: as the Hub has converted them to Parquet, else by the names of the files
 * that its authors uploaded.
 * @throws AppError as `openHubRepository`; 'dataset-empty' where it holds no table
 */
export async function listDatasetParts(
  id: string,
  revision: string,
  access: HubAccess,
  cache: ByteCache,
): Promise<readonly DatasetPart[]> {
  const converted = revision === 'main' ? await openParquetBranch(id, access, cache) : null;
  const parts = converted ? await partsOf(converted, convertedName) : [];
  if (parts.length > 0) return parts;
  const uploaded = await partsOf(await openHubRepository('dataset', id, revision, access, cache), uploadedName);
  if (uploaded.length === 0)
    throw new AppError('dataset-empty', { dataset: id, host: new URL(endpointOf(access)).host });
  return uploaded;
}

/** Private and very new data sets have none. */
async function openParquetBranch(id: string, access: HubAccess, cache: ByteCache): Promise<HubRepository | null> {
  try {
    return await openHubRepository('dataset', id, parquetBranch, access, cache);
  } catch (thrown) {
    if (toAppError(thrown).code === 'hub-not-found') return null;
    throw thrown;
  }
}

type PartName = Pick<DatasetPart, 'config' | 'split'>;

async function partsOf(repository: HubRepository, nameOf: (path: string) => PartName): Promise<DatasetPart[]> {
  const { revision, commit } = repository;
  const parts = new Map<string, DatasetPart>();
  for (const { path, size } of await repository.list()) {
    if (!tableEndings.test(path) || /dataset_infos?\.json$/.test(path)) continue;
    const name = nameOf(path);
    const key = JSON.stringify([name, ending(path)]);
    const { files, bytes } = parts.get(key) ?? { files: [], bytes: 0 };
    const part = { ...name, revision: commit ?? revision, files: [...files, path], bytes: bytes + (size ?? 0) };
    parts.set(key, part);
  }
  return [...parts.values()].map((part) => ({ ...part, files: [...part.files].sort() }));
}

const ending = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** CONFIG/SPLIT/0000.parquet; the files of a large split that was converted in part lie under `partial-SPLIT`. */
function convertedName(path: string): PartName {
  const [config = 'default', split = 'train'] = path.split('/');
  return { config, split: split.replace(/^partial-/, '') };
}

/** The split by the file's name or folder; other folders than `data` are configurations. */
function uploadedName(path: string): PartName {
  const folders = path.split('/').slice(0, -1);
  const split = splitNames.exec(path)?.[1]?.toLowerCase() ?? 'train';
  const named = folders.filter((folder) => folder !== 'data' && !splitNames.test(folder));
  return { config: named.join('/') || 'default', split: splitSynonyms[split] ?? split };
}

const splitSynonyms: Readonly<Record<string, string>> = { valid: 'validation', val: 'validation', dev: 'validation' };

/** Bytes that are put into a Blob at once. */
const pieceBytes = 16 << 20;

/**
 * The files of a part, downloaded into the cache and read from there.
 * @throws AppError as `openHubRepository` and `downloadFile`
 */
export async function downloadDatasetPart(
  id: string,
  { revision, files, bytes }: DatasetPart,
  access: HubAccess,
  cache: ByteCache,
  onProgress: (received: number, total: number) => void,
): Promise<readonly Blob[]> {
  const repository = await openHubRepository('dataset', id, revision, access, cache);
  const received = new Map<string, number>();
  await repository.download(files, {
    onProgress: ({ path, receivedBytes }: DownloadProgress) => {
      received.set(path, receivedBytes);
      onProgress(
        [...received.values()].reduce((sum, each) => sum + each, 0),
        bytes,
      );
    },
  });
  return Promise.all(files.map((path) => blobOf(repository, path)));
}

async function blobOf(repository: HubRepository, path: string): Promise<Blob> {
  const size = await repository.size(path);
  const pieces: Blob[] = [];
  for (let at = 0; at < size; at += pieceBytes) {
    pieces.push(new Blob([await repository.read(path, at, Math.min(size, at + pieceBytes))]));
  }
  return new Blob(pieces);
}
