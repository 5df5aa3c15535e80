import { datasetInfo, listFiles, modelInfo } from '@huggingface/hub';
import * as v from 'valibot';
import { AppError, because } from '../errors.ts';
import type { ByteCache, CacheKey } from './cache.ts';
import {
  answersFetch,
  boundedBody,
  hubError,
  keptListing,
  listedFile,
  repositoryInfo,
  wrongAnswer,
} from './hub-answers.ts';
import {
  type DownloadOptions,
  downloadFile,
  type PublishedHash,
  type RemoteFile,
  requireRange,
} from './hub-download.ts';
import { isPassing, patiently } from './hub-patience.ts';
import { endpointOf, type HubAccess, hubFetch } from './hub-request.ts';
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

/** What the Hub says that a repository holds, as it is kept for opening the model offline. */
type Listing = v.InferOutput<typeof keptListing>;
type ListedFile = Listing['files'][number];

/** Files up to this size are fetched whole when any part of them is read. */
const smallFile = 256 << 10;

/**
 * Opens a model or data set by id and revision (branch, tag or commit). Lists it, downloads nothing yet. Without a
 * connection, or while the Hub is broken, the listing of the last visit serves, so that what was downloaded opens.
 * @throws AppError `hub-not-found`, `hub-unauthorized`, `hub-forbidden`, `hub-offline`, `hub-stalled`, `hub-failed`,
 * `hub-busy`, `hub-answer-wrong`.
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
      hash: publishedHash(file, [commit, revision]),
      host,
      patience: access.patience,
      signal: access.signal,
      request: (start, signal) => request(path, start > 0 ? `bytes=${start}-` : null, signal),
    };
    // Two readers of one file must not both append to it.
    const download = running.get(path) ?? downloadFile(remote, cache, options).finally(() => running.delete(path));
    running.set(path, download);
    return download;
  };

  const readRange = ({ path, size }: ListedFile, start: number, end: number): Promise<Bytes> => {
    const subject = { model: id, revision, file: path };
    const attempt = async () => {
      const response = await request(path, `bytes=${start}-${end - 1}`);
      const isPart = response.status === 206;
      if (isPart) requireRange(response, start, end, size, host, path);
      const bytes = await boundedBody(response, access, subject, isPart ? end - start : size);
      if (bytes.length !== (isPart ? end - start : size))
        throw wrongAnswer(access, subject, because`it has ${bytes.length} bytes instead of ${end - start}`);
      return isPart ? bytes : bytes.slice(start, end);
    };
    return patiently(attempt, access, 3);
  };

  const read: ModelFiles['read'] = async (path, start = 0, end) => {
    const file = find(path);
    const stop = Math.min(end ?? file.size, file.size);
    const whole = start === 0 && stop === file.size;
    const held = await cache.held(keyOf(file));
    if (!held.complete || held.bytes !== file.size) {
      if (!whole && file.size > smallFile && held.bytes < file.size)
        return stop > start ? readRange(file, start, stop) : new Uint8Array(0);
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

/**
 * What a file is checked by. The version is git's name of a file that is not in LFS, unless the server gave none: then it
 * is one of `others`, a commit or the revision.
 */
function publishedHash({ sha256, version }: ListedFile, others: readonly (string | null)[]): PublishedHash | null {
  if (sha256 !== null) return { kind: 'sha256', hex: sha256 };
  return /^[0-9a-f]{40}$/.test(version) && !others.includes(version) ? { kind: 'git', hex: version } : null;
}

/** Asks the Hub what the repository holds, and keeps the answer; while it cannot say, the answer kept last time. */
async function currentListing(
  repo: Repository,
  revision: string,
  access: HubAccess,
  key: CacheKey,
  cache: ByteCache,
): Promise<Listing> {
  const subject = { model: repo.name, revision };
  try {
    const listing = await fetchListing(repo, revision, access);
    // Under its commit, too: a run goes back to that when the branch has moved.
    for (const version of new Set([key.version, listing.commit ?? key.version]))
      await cache.replace({ ...key, version }, new TextEncoder().encode(JSON.stringify(listing)));
    return listing;
  } catch (thrown) {
    const error = hubError(thrown, access, subject);
    const isBusy = error instanceof AppError && error.code === 'hub-busy';
    const kept = isBusy || isPassing(error) ? await listingOfLastVisit(cache, key) : null;
    if (kept === null) throw error;
    return kept;
  }
}

/** Null where none was kept, or what was cannot be read. */
async function listingOfLastVisit(cache: ByteCache, key: CacheKey): Promise<Listing | null> {
  if ((await cache.held(key)).bytes === 0) return null;
  try {
    const { success, output } = v.safeParse(keptListing, JSON.parse(decodeText(await cache.read(key))));
    return success ? output : null;
  } catch {
    return null;
  }
}

async function fetchListing(repo: Repository, revision: string, access: HubAccess): Promise<Listing> {
  const subject = { model: repo.name, revision };
  const hub = { hubUrl: endpointOf(access), fetch: answersFetch(access, subject) };
  const about = { name: repo.name, revision, ...hub };
  const { sha: commit } = v.parse(
    repositoryInfo,
    await (repo.type === 'model'
      ? modelInfo({ ...about, additionalFields: ['sha'] })
      : datasetInfo({ ...about, additionalFields: ['sha'] })),
  );
  const files = new Map<string, ListedFile>();
  for await (const entry of listFiles({ repo, revision: commit ?? revision, recursive: true, ...hub })) {
    if (['directory', 'unknown'].includes(entry.type)) continue;
    const { success, output } = v.safeParse(listedFile, entry);
    if (!success || files.has(output.path)) {
      const named = JSON.stringify(entry.path ?? entry).slice(0, 80);
      throw wrongAnswer(access, subject, because`it lists a file that cannot be: ${named}`);
    }
    const { path, oid, lfs } = output;
    const sha256 = lfs && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : null;
    const version = lfs?.oid ?? oid ?? commit ?? revision;
    files.set(path, { path, size: lfs?.size ?? output.size, version, sha256 });
  }
  return { commit: commit ?? null, files: [...files.values()] };
}
