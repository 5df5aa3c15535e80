import { datasetInfo, listFiles, modelInfo } from '@huggingface/hub';
import { AppError, toAppError } from '../errors.ts';
import type { ByteCache, CacheKey } from './cache.ts';
import { type DownloadOptions, downloadFile, type RemoteFile } from './hub-download.ts';
import { endpointOf, type HubAccess, hubFetch, isPassing } from './hub-request.ts';
import { type Bytes, decodeText, type ModelFiles } from './source.ts';

/** A repository of the Hub. Small files and whole reads come through the cache; a range of a large file is asked for alone. */
export interface HubRepository extends ModelFiles {
  readonly id: string;
  readonly revision: string;
  /** The commit that the revision meant when it was opened; null where the server does not say. */
  readonly commit: string | null;
  /** Brings files into the cache, resuming what is half there. Throws as `downloadFile`. */
  download(paths: readonly string[], options?: DownloadOptions): Promise<void>;
}

interface Repository {
  readonly type: 'model' | 'dataset';
  readonly name: string;
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
 * Opens a model or data set by id and revision (branch, tag or commit). Lists it, downloads nothing yet. Without a
 * connection the listing of the last visit serves, so that what was downloaded opens offline.
 * @throws AppError `hub-not-found`, `hub-unauthorized`, `hub-forbidden`, `hub-offline`, `hub-failed`.
 */
export async function openHubRepository(
  type: 'model' | 'dataset',
  id: string,
  revision: string,
  access: HubAccess,
  cache: ByteCache,
): Promise<HubRepository> {
  const endpoint = endpointOf(access);
  const { host } = new URL(endpoint);
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id)) throw new AppError('hub-not-found', { host, model: id, revision });
  const folder = type === 'model' ? id : `datasets/${id}`;
  const model = `${host}/${folder}`;
  const { commit, files } = await currentListing(
    { type, name: id },
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
    const parts = [...folder.split('/'), 'resolve', commit ?? revision].map(encodeURIComponent);
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
    sha256Of: (path) => find(path).sha256,
    read,
    text: async (path) => decodeText(await read(path)),
    async download(paths, options) {
      for (const path of paths) await fetchWhole(path, options);
    },
  };
}

function offline(host: string, cause: unknown): never {
  throw new AppError('hub-offline', { host }, { cause });
}

/** Asks the Hub what the repository holds, and keeps the answer; without a connection, the answer kept last time. */
async function currentListing(
  repo: Repository,
  revision: string,
  access: HubAccess,
  key: CacheKey,
  cache: ByteCache,
): Promise<Listing> {
  try {
    const listing = await fetchListing(repo, revision, access);
    // Under its commit, too: a run goes back to that when the branch has moved.
    for (const version of new Set([key.version, listing.commit ?? key.version])) {
      await cache.remove({ ...key, version });
      await cache.append({ ...key, version }, new TextEncoder().encode(JSON.stringify(listing)));
      await cache.finish({ ...key, version });
    }
    return listing;
  } catch (error) {
    const appError = hubError(error, access, repo.name);
    if (appError.code === 'hub-offline' && (await cache.held(key)).complete) {
      return JSON.parse(decodeText(await cache.read(key))) as Listing;
    }
    throw appError;
  }
}

/** What the Hub's client threw: ours passes; a page in place of JSON is a server that is no Hub. */
export function hubError(error: unknown, access: HubAccess, model: string): AppError {
  if (!(error instanceof SyntaxError)) return toAppError(error);
  const { host } = new URL(endpointOf(access));
  return new AppError('hub-failed', { host, status: 'something other than JSON', file: model }, { cause: error });
}

async function fetchListing(repo: Repository, revision: string, access: HubAccess): Promise<Listing> {
  const hub = { hubUrl: endpointOf(access), fetch: hubFetch(access, { model: repo.name, revision }) };
  const about = { name: repo.name, revision, ...hub };
  const { sha } = await (repo.type === 'model'
    ? modelInfo({ ...about, additionalFields: ['sha'] })
    : datasetInfo({ ...about, additionalFields: ['sha'] }));
  const commit = typeof sha === 'string' ? sha : null;
  const files: ListedFile[] = [];
  for await (const entry of listFiles({ repo, revision: commit ?? revision, recursive: true, ...hub })) {
    if (entry.type !== 'file') continue;
    const { path, lfs } = entry;
    const size = lfs?.size ?? entry.size;
    files.push({ path, size, version: lfs?.oid ?? entry.oid ?? commit ?? revision, sha256: lfs?.oid ?? null });
  }
  return { commit, files };
}
