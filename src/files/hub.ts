import { listFiles, listModels, modelInfo } from '@huggingface/hub';
import { AppError, toAppError } from '../errors.ts';
import type { ByteCache, CacheKey } from './cache.ts';
import { type DownloadOptions, downloadFile, type RemoteFile } from './hub-download.ts';
import { endpointOf, type HubAccess, hubFetch, isPassing } from './hub-request.ts';
import { type Bytes, decodeText, type ModelFiles } from './source.ts';

/** A model on the Hub. Small files and whole reads come through the cache; a range of a large file is asked for alone. */
export interface HubModel extends ModelFiles {
  readonly id: string;
  readonly revision: string;
  /** The commit that the revision meant when it was opened; null where the server does not say. */
  readonly commit: string | null;
  /** The files that training needs, weights included, of those the model has. */
  neededFiles(): string[];
  /** Brings files into the cache, resuming what is half there. Throws as `downloadFile`. */
  download(paths?: readonly string[], options?: DownloadOptions): Promise<void>;
}

/** One file of the listing, as it is kept for opening the model offline. */
interface ListedFile {
  readonly path: string;
  readonly size: number;
  readonly version: string;
  readonly sha256: string | null;
}

interface Listing {
  readonly commit: string | null;
  readonly files: readonly ListedFile[];
}

/** Files up to this size are fetched whole when any part of them is read. */
const smallFile = 256 << 10;

/**
 * Opens a model by id and revision (branch, tag or commit). Lists it, downloads nothing yet. Without a connection the
 * listing of the last visit serves, so that a downloaded model opens offline.
 * @throws AppError `hub-not-found`, `hub-unauthorized`, `hub-forbidden`, `hub-offline`, `hub-failed`.
 */
export async function openHubModel(
  id: string,
  revision: string,
  access: HubAccess,
  cache: ByteCache,
): Promise<HubModel> {
  const endpoint = endpointOf(access);
  const { host } = new URL(endpoint);
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id)) throw new AppError('hub-not-found', { host, model: id, revision });
  const model = `${host}/${id}`;
  const { commit, files } = await currentListing(
    id,
    revision,
    access,
    { model, path: '.listing', version: revision },
    cache,
  );
  const byPath = new Map(files.map((file) => [file.path, file]));

  const find = (path: string): ListedFile => {
    const file = byPath.get(path);
    if (!file) throw new AppError('file-missing', { file: path });
    return file;
  };
  const keyOf = ({ path, version }: ListedFile): CacheKey => ({ model, path, version });
  const request = (path: string, range: string | null, signal?: AbortSignal): Promise<Response> => {
    const parts = [...id.split('/'), 'resolve', commit ?? revision].map(encodeURIComponent);
    const url = `${endpoint}/${[...parts, ...path.split('/').map(encodeURIComponent)].join('/')}`;
    const init: RequestInit = { ...(range ? { headers: { range } } : {}), ...(signal ? { signal } : {}) };
    return hubFetch(access, { model: id, revision, file: path })(url, init);
  };

  const running = new Map<string, Promise<void>>();
  const fetchWhole = (path: string, options?: DownloadOptions): Promise<void> => {
    const file = find(path);
    const remote: RemoteFile = {
      key: keyOf(file),
      sizeBytes: file.size,
      sha256: file.sha256,
      host,
      request: (start, signal) => request(path, start > 0 ? `bytes=${start}-` : null, signal),
    };
    // Two readers of one file must not both append to it.
    const download = running.get(path) ?? downloadFile(remote, cache, options).finally(() => running.delete(path));
    running.set(path, download);
    return download;
  };

  const readRange = async (path: string, start: number, end: number): Promise<Bytes> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await request(path, `bytes=${start}-${end - 1}`);
        const bytes = new Uint8Array(await response.arrayBuffer().catch((cause: unknown) => offline(host, cause)));
        return response.status === 206 ? bytes : bytes.slice(start, end);
      } catch (error) {
        if (attempt === 3 || !isPassing(error)) throw error;
      }
    }
  };

  const read: ModelFiles['read'] = async (path, start = 0, end) => {
    const file = find(path);
    const stop = Math.min(end ?? file.size, file.size);
    const whole = start === 0 && stop === file.size;
    if (!(await cache.held(keyOf(file))).complete) {
      if (!whole && file.size > smallFile) return stop > start ? readRange(path, start, stop) : new Uint8Array(0);
      // A reader waits for this: no long patience as for a download that was asked for.
      await fetchWhole(path, { attempts: 2 });
    }
    return cache.read(keyOf(file), start, stop);
  };

  return {
    id,
    revision,
    commit,
    describe: () => (revision === 'main' ? id : `${id}@${revision}`),
    list: async () => files.map(({ path, size }) => ({ path, size })),
    has: async (path) => byPath.has(path),
    size: async (path) => find(path).size,
    read,
    text: async (path) => decodeText(await read(path)),
    neededFiles: () => neededFiles([...byPath.keys()]),
    async download(paths = neededFiles([...byPath.keys()]), options) {
      for (const path of paths) await fetchWhole(path, options);
    },
  };
}

function offline(host: string, cause: unknown): never {
  throw new AppError('hub-offline', { host }, { cause });
}

/** Asks the Hub what the model holds, and keeps the answer; without a connection, the answer kept last time. */
async function currentListing(
  id: string,
  revision: string,
  access: HubAccess,
  key: CacheKey,
  cache: ByteCache,
): Promise<Listing> {
  try {
    const listing = await fetchListing(id, revision, access);
    await cache.remove(key);
    await cache.append(key, new TextEncoder().encode(JSON.stringify(listing)));
    await cache.finish(key);
    return listing;
  } catch (error) {
    const appError = hubError(error, access, id);
    if (appError.code === 'hub-offline' && (await cache.held(key)).complete) {
      return JSON.parse(decodeText(await cache.read(key))) as Listing;
    }
    throw appError;
  }
}

/** What the Hub's client threw: ours passes; a page in place of JSON is a server that is no Hub. */
function hubError(error: unknown, access: HubAccess, model: string): AppError {
  if (!(error instanceof SyntaxError)) return toAppError(error);
  const { host } = new URL(endpointOf(access));
  return new AppError('hub-failed', { host, status: 'something other than JSON', file: model }, { cause: error });
}

async function fetchListing(id: string, revision: string, access: HubAccess): Promise<Listing> {
  const hub = { hubUrl: endpointOf(access), fetch: hubFetch(access, { model: id, revision }) };
  const { sha } = await modelInfo({ name: id, revision, additionalFields: ['sha'], ...hub });
  const commit = typeof sha === 'string' ? sha : null;
  const files: ListedFile[] = [];
  for await (const entry of listFiles({ repo: id, revision: commit ?? revision, recursive: true, ...hub })) {
    if (entry.type !== 'file') continue;
    const { path, lfs } = entry;
    const size = lfs?.size ?? entry.size;
    files.push({ path, size, version: lfs?.oid ?? entry.oid ?? commit ?? revision, sha256: lfs?.oid ?? null });
  }
  return { commit, files };
}

const companions = new Set(
  'config generation_config tokenizer tokenizer_config special_tokens_map added_tokens vocab adapter_config'
    .split(' ')
    .map((name) => `${name}.json`)
    .concat('merges.txt', 'vocab.txt', 'tokenizer.model', 'spiece.model', 'chat_template.jinja')
    .concat('adapter_model.safetensors'),
);

/** Of a model's files, those that training reads: no other formats, no second copy of the weights. */
export function neededFiles(paths: readonly string[]): string[] {
  const some = (pattern: RegExp) => paths.filter((path) => pattern.test(path));
  const others = some(/^(?!adapter)[^/]+\.safetensors$/);
  const choices = [
    some(/^model\.safetensors$/),
    some(/^model(\.safetensors\.index\.json|-\d+-of-\d+\.safetensors)$/),
    some(/^pytorch_model\.bin$/),
    some(/^pytorch_model(\.bin\.index\.json|-\d+-of-\d+\.bin)$/),
    others.length === 1 ? others : [],
  ];
  const weights = choices.find((choice) => choice.length > 0) ?? [];
  return [...paths.filter((path) => companions.has(path)), ...weights];
}

export interface FoundModel {
  readonly id: string;
  readonly modelType: string;
  readonly downloads: number;
  readonly likes: number;
  readonly gated: boolean;
  /** Number of parameters; null where the Hub does not say. */
  readonly parameters: number | null;
  readonly updated: string;
}

/**
 * Models by name, most downloaded first, that have safetensors and are of one of the `modelTypes`; those already
 * quantised by another tool are left out, since their tensors are not weights.
 * @throws AppError as `openHubModel`.
 */
export async function searchModels(
  query: string,
  access: HubAccess,
  modelTypes: readonly string[],
  limit = 30,
): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const candidates = listModels({
    search: { query, tags: ['safetensors'] },
    additionalFields: ['config', 'safetensors'],
    sort: 'downloads',
    limit: limit * 5,
    hubUrl: endpointOf(access),
    fetch: hubFetch(access, { model: query, revision: 'main' }),
  });
  try {
    for await (const { name, config, safetensors, downloads, likes, gated, updatedAt } of candidates) {
      const details = (config ?? {}) as { model_type?: string; quantization_config?: unknown };
      if (!details.model_type || !modelTypes.includes(details.model_type) || details.quantization_config) continue;
      found.push({
        id: name,
        modelType: details.model_type,
        downloads,
        likes,
        gated: Boolean(gated),
        parameters: safetensors?.total ?? null,
        updated: updatedAt.toISOString(),
      });
      if (found.length === limit) break;
    }
  } catch (error) {
    throw hubError(error, access, query);
  }
  return found;
}
