/** Writing to the Hub: a repository, and files put into it in one commit. */
import { commitIter, createRepo, HubApiError } from '@huggingface/hub';
import { AppError } from '../errors.ts';
import { endpointOf, type HubAccess } from './hub-request.ts';
import type { LfsBatch, SentParts } from './hub-sent-parts.ts';
import { unlessStalled } from './hub-stall.ts';

export interface HubWriting extends HubAccess {
  /** owner/name */
  readonly repository: string;
  /** Sends a request and tells how many bytes of its body have left; absent: `fetch`, which does not tell. */
  readonly send?: (url: string, init: RequestInit, onSent: (bytes: number) => void) => Promise<Response>;
  /** Wait in milliseconds before a part is sent a second time, doubled for a third; 1000 where not given. */
  readonly retryDelay?: number;
  /** Milliseconds without a sign of life after which a request is given up; absent: `usualStalls`. */
  readonly stallMs?: number;
}

/** A body on its way tells of every piece; to put the parts of a large file together may take the storage a minute. */
const usualStalls = { upload: 30_000, answer: 120_000 };

export interface UploadProgress {
  readonly path: string;
  readonly doneBytes: number;
  readonly sizeBytes: number;
  readonly phase: 'hashing' | 'sending';
}

export interface Upload {
  readonly title: string;
  readonly files: ReadonlyMap<string, Blob>;
  /** What earlier tries sent to this repository. */
  readonly sent: SentParts;
  readonly signal?: AbortSignal;
  onProgress?(progress: UploadProgress): void;
}

/** Tries of a part before the upload is given up. */
const tries = 3;

/**
 * Makes a repository for a model.
 * @throws AppError 'publish-name-taken' where there is one, and those of `commitFiles`
 */
export async function createHubRepository(access: HubWriting, isPrivate: boolean): Promise<void> {
  await createRepo({
    repo: { type: 'model', name: access.repository },
    visibility: isPrivate ? 'private' : 'public',
    hubUrl: endpointOf(access),
    fetch: writingFetch(access),
    // The library wants one; `writingFetch` puts the token itself in its place.
    accessToken: 'hf_',
  });
}

/**
 * Commits files onto `main`, over what they replace there. Large ones go to the storage that the Hub names, by Git LFS:
 * a file that it has is not sent, nor is a part that an earlier try sent. Nothing is read whole but what is small.
 * @throws AppError 'publish-unauthorized', 'publish-forbidden', 'publish-not-found', 'publish-full', 'publish-offline',
 * 'publish-stalled', 'publish-failed'; the signal's reason when aborted
 */
export async function commitFiles(access: HubWriting, upload: Upload): Promise<void> {
  upload.signal?.throwIfAborted();
  for (let begunAnew = false; ; begunAnew = true) {
    try {
      return await commitOnce(access, upload);
    } catch (error) {
      upload.signal?.throwIfAborted();
      if (!(error instanceof StaleAddress)) throw ofObject(error, access);
      if (begunAnew) throw error.cause;
    }
  }
}

/** The storage does not take an address of its own any more. */
class StaleAddress extends Error {}

async function commitOnce(access: HubWriting, upload: Upload): Promise<void> {
  const { title, files, signal, onProgress } = upload;
  const commit = commitIter({
    repo: { type: 'model', name: access.repository },
    title,
    operations: [...files].map(([path, content]) => ({ operation: 'addOrUpdate', path, content })),
    hubUrl: endpointOf(access),
    fetch: writingFetch(access, upload),
    useXet: false,
    ...(signal && { abortSignal: signal }),
  });
  for (let next = await commit.next(); !next.done; next = await commit.next()) {
    const { value } = next;
    if (value.event !== 'fileProgress' || value.state === 'error') continue;
    // How far a file that is on its way has come is told by what sends it.
    if (value.state === 'uploading' && value.progress < 1) continue;
    const sizeBytes = files.get(value.path)!.size;
    const phase = value.state === 'hashing' ? 'hashing' : 'sending';
    onProgress?.({ path: value.path, doneBytes: Math.round(value.progress * sizeBytes), sizeBytes, phase });
  }
}

/** What the library says of the body that it gives to `fetch`. */
interface BodyHint {
  readonly path?: string;
  readonly part?: number;
}

function writingFetch(access: HubWriting, upload?: Upload): typeof fetch {
  const endpoint = new URL(endpointOf(access));
  // A header takes no other letters, and no token has them.
  if (/[^\x21-\x7e]/.test(access.token ?? '')) throw new AppError('publish-unauthorized', { host: endpoint.host });
  const progress = new Map<string, Map<number, number>>();
  const onSent = ({ path, part = 0 }: BodyHint, bytes: number) => {
    const size = path === undefined ? undefined : upload?.files.get(path)?.size;
    if (path === undefined || size === undefined) return;
    const parts = progress.get(path) ?? new Map<number, number>();
    progress.set(path, parts.set(part, bytes));
    const doneBytes = [...parts.values()].reduce((sum, each) => sum + each, 0);
    upload?.onProgress?.({ path, doneBytes, sizeBytes: size, phase: 'sending' });
  };

  const request = async (url: string, init: RequestInit, hint: BodyHint): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.delete('authorization');
    // The storage's addresses carry their own right: the token goes nowhere but to the endpoint.
    const isHub = new URL(url).origin === endpoint.origin && init.method !== 'PUT';
    if (isHub && access.token) headers.set('authorization', `Bearer ${access.token}`);
    const { fetch, send } = access;
    const { host } = new URL(url);
    const isTold = send !== undefined && hint.path !== undefined;
    const { stallMs = isTold ? usualStalls.upload : usualStalls.answer + sizeOf(init.body) * slowest } = access;
    try {
      return await unlessStalled(host, stallMs, init.signal, async (signal, alive) => {
        const asked = { ...init, headers, signal };
        if (!isTold) return whole(await fetch(url, asked));
        return send(url, asked, (bytes) => {
          alive();
          onSent(hint, bytes);
        });
      });
    } catch (cause) {
      if (init.signal?.aborted || cause instanceof AppError) throw cause;
      throw new AppError('publish-offline', { host }, { cause });
    }
  };

  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const hint = (init as { progressHint?: BodyHint }).progressHint ?? {};
    const known = upload?.sent.tagOf(url);
    if (known !== undefined) {
      onSent(hint, (init.body as Blob).size);
      return new Response(null, { headers: { etag: known } });
    }
    const isPut = init.method === 'PUT';
    const response = await (isPut
      ? patiently(() => request(url, init, hint), access, init.signal)
      : request(url, init, hint));
    if (!response.ok) {
      if (!isPut && !hasParts(init)) throw await refused(response, url, access);
      const message = await messageOf(response);
      const error = new AppError('publish-failed', { host: new URL(url).host, status: response.status, message });
      if (response.status >= 500) throw error;
      upload?.sent.forget(url);
      throw new StaleAddress(message, { cause: error });
    }
    if (isPut) onSent(hint, (init.body as Blob).size);
    const tag = hint.part === undefined ? null : response.headers.get('etag');
    if (tag) upload?.sent.took(url, tag);
    if (!upload || !url.endsWith('/info/lfs/objects/batch')) return response;
    const batch = upload.sent.continued((await response.json()) as LfsBatch);
    return new Response(JSON.stringify(batch), { headers: { 'content-type': 'application/json' } });
  };
}

/** Milliseconds for a byte of a body that does not tell how much of it has left: 16 kB a second. */
const slowest = 1 / 16;
const sizeOf = (body: RequestInit['body']): number => (body instanceof Blob ? body.size : 0);

/** An answer with its body, which may stall as well. */
async function whole(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
}

/** Whether a request tells the storage that all parts of a file are there. */
const hasParts = ({ body }: RequestInit): boolean =>
  typeof body === 'string' && /^\{"oid":"[0-9a-f]+","parts":/.test(body);

/** Again where the line drops or the storage is busy, which of uploads in parts S3 says as a 400, too. */
async function patiently(
  request: () => Promise<Response>,
  { retryDelay = 1000 }: HubWriting,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === tries;
    try {
      const response = await request();
      if (isLast || !(response.status >= 500 || [400, 408, 429].includes(response.status))) return response;
    } catch (error) {
      if (isLast || signal?.aborted) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, retryDelay * 2 ** (attempt - 1)));
    signal?.throwIfAborted();
  }
}

async function refused(response: Response, url: string, access: HubWriting): Promise<AppError> {
  const unknown = response.headers.get('x-error-code') === 'RepoNotFound';
  const isCreation = new URL(url).pathname.endsWith('/api/repos/create');
  return statusError(unknown ? 404 : response.status, await messageOf(response), new URL(url).host, access, isCreation);
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    if (typeof error === 'string') return error;
    if (typeof message === 'string') return message;
  } catch {
    // Storages answer in XML, proxies in HTML: their status says more.
  }
  return response.statusText || String(response.status);
}

function statusError(
  status: number,
  message: string,
  host: string,
  { repository }: HubWriting,
  isCreation = false,
): AppError {
  if (status === 401) return new AppError('publish-unauthorized', { host });
  if (status === 409 && isCreation) return new AppError('publish-name-taken', { host, repository });
  if (status === 404) return new AppError('publish-not-found', { host, repository });
  const full = [402, 413, 507].includes(status) || (status === 403 && /storage|quota|limit/i.test(message));
  if (full) return new AppError('publish-full', { host, message });
  if (status === 403) return new AppError('publish-forbidden', { host, repository, message });
  return new AppError('publish-failed', { host, status, message });
}

/** The Hub may refuse one of the large files by itself, which the library tells. */
function ofObject(error: unknown, access: HubWriting): unknown {
  if (!(error instanceof HubApiError)) return error;
  return statusError(error.statusCode, error.message, new URL(endpointOf(access)).host, access);
}
