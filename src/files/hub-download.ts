import { AppError } from '../errors.ts';
import type { ByteCache, CacheKey } from './cache.ts';
import { isPassing } from './hub-request.ts';
import { Sha256 } from './sha256.ts';
import { type Bytes, joinBytes } from './source.ts';

export interface DownloadProgress {
  readonly path: string;
  readonly receivedBytes: number;
  readonly sizeBytes: number;
  readonly phase: 'downloading' | 'verifying' | 'done';
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Tries in a row that bring no byte before giving up; 5 where not given. */
  readonly attempts?: number | undefined;
  /** Wait before the second try in milliseconds, doubled for each further one; 500 where not given. */
  readonly retryDelay?: number | undefined;
}

/** A published file: what it should be, and how to ask for its bytes from an offset on. */
export interface RemoteFile {
  readonly key: CacheKey;
  readonly sizeBytes: number;
  /** Published hash (of LFS files), or null. */
  readonly sha256: string | null;
  readonly host: string;
  request(start: number, signal?: AbortSignal): Promise<Response>;
}

/** Bytes gathered before they are stored: small enough to lose with a closed tab, large enough to store fast. */
const storeBytes = 4 << 20;

/**
 * Brings a file into the cache, going on from what the cache holds, also after the line drops in the middle.
 * @throws AppError `hub-offline` or `hub-failed` when it stays broken (what came is kept), `hash-mismatch` (the copy is
 * removed), `storage-full`, and those of `request`; the signal's reason when aborted.
 */
export async function downloadFile(remote: RemoteFile, cache: ByteCache, options: DownloadOptions = {}): Promise<void> {
  const { key, sizeBytes } = remote;
  const report = (receivedBytes: number, phase: DownloadProgress['phase']) =>
    options.onProgress?.({ path: key.path, receivedBytes, sizeBytes, phase });
  let { bytes, complete } = await cache.held(key);
  if (complete) return report(sizeBytes, 'done');
  for (let failures = 0; bytes < sizeBytes; ) {
    const before = bytes;
    let failure: unknown = new AppError('hub-offline', { host: remote.host });
    try {
      await receive(remote, cache, before, report, options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      failure = error;
    }
    bytes = (await cache.held(key)).bytes;
    failures = bytes > before ? 0 : failures + 1;
    if (failures >= (options.attempts ?? 5)) throw failure;
    if (bytes < sizeBytes) await wait((options.retryDelay ?? 500) * 2 ** failures, options.signal);
  }
  report(sizeBytes, 'verifying');
  if (bytes > sizeBytes || !(await hashAgrees(remote, cache))) {
    await cache.remove(key);
    throw new AppError('hash-mismatch', { file: key.path });
  }
  await cache.finish(key);
  report(sizeBytes, 'done');
}

/** One answer of the server, stored as it comes. Returns or throws with everything that came in the cache. */
async function receive(
  remote: RemoteFile,
  cache: ByteCache,
  held: number,
  report: (received: number, phase: 'downloading') => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const response = await remote.request(held, signal);
  // A server without ranges starts over: pass by what is held already.
  let skip = response.status === 206 ? 0 : held;
  let received = held;
  let gathered: Bytes[] = [];
  let gatheredBytes = 0;
  const store = async () => {
    if (gatheredBytes > 0) await cache.append(remote.key, joinBytes(gathered));
    gathered = [];
    gatheredBytes = 0;
  };
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const piece = await nextPiece(reader, remote.host);
      if (!piece) break;
      const fresh = piece.subarray(Math.min(skip, piece.length));
      skip -= piece.length - fresh.length;
      gathered.push(fresh);
      gatheredBytes += fresh.length;
      received += fresh.length;
      report(received, 'downloading');
      if (gatheredBytes >= storeBytes) await store();
    }
  } finally {
    await store();
    await reader.cancel().catch(() => undefined);
  }
}

async function nextPiece(reader: ReadableStreamDefaultReader<Bytes>, host: string): Promise<Bytes | undefined> {
  try {
    return (await reader.read()).value;
  } catch (cause) {
    throw new AppError('hub-offline', { host }, { cause });
  }
}

async function hashAgrees({ key, sizeBytes, sha256 }: RemoteFile, cache: ByteCache): Promise<boolean> {
  if (sha256 === null) return true;
  const hash = new Sha256();
  for (let at = 0; at < sizeBytes; at += storeBytes) {
    hash.update(await cache.read(key, at, Math.min(sizeBytes, at + storeBytes)));
  }
  return hash.hex() === sha256;
}

function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
