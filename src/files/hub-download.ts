import { AppError, because } from '../errors.ts';
import type { ByteCache, CacheKey } from './cache.ts';
import { bodyPieces, leastBytes, tooLong } from './hub-body.ts';
import { anySignal, isPassing, patienceOf, type Waiting, waitToTryAgain } from './hub-patience.ts';
import { gitHash } from './sha1.ts';
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
  /** Tries in a row that bring next to nothing before giving up; 5 where not given. */
  readonly attempts?: number | undefined;
}

/** What tells a published file from a damaged one: SHA-256 of files in LFS, of all others git's own name for them. */
export interface PublishedHash {
  readonly kind: 'sha256' | 'git';
  readonly hex: string;
}

/** A published file: what it should be, and how to ask for its bytes from an offset on. */
export interface RemoteFile extends Waiting {
  readonly key: CacheKey;
  readonly sizeBytes: number;
  /** Null where the server says none: the size is then all that can be checked. */
  readonly hash: PublishedHash | null;
  readonly host: string;
  request(start: number, signal?: AbortSignal): Promise<Response>;
}

/** Bytes gathered before they are stored: small enough to lose with a closed tab, large enough to store fast. */
const storeBytes = 4 << 20;

/**
 * Brings a file into the cache, going on from what the cache holds, also after the line drops in the middle. Of all tabs
 * one downloads it, and the others wait. Nothing counts as whole before its hash agrees.
 * @throws AppError `hub-offline`, `hub-stalled`, `hub-failed`, `hub-busy` when it stays broken (what came is kept),
 * `hash-mismatch`, `hub-answer-wrong` (the copy is removed), `storage-full`, and those of `request`; the signal's reason
 * when aborted.
 */
export async function downloadFile(remote: RemoteFile, cache: ByteCache, options: DownloadOptions = {}): Promise<void> {
  const { key } = remote;
  const { bytes, complete } = await cache.held(key);
  if (!complete || bytes !== remote.sizeBytes) {
    const signal = anySignal(options.signal, remote.signal?.());
    const waits = () =>
      patienceOf(remote).onWait({ reason: new AppError('hub-elsewhere', { file: key.path }), waitMs: 0 });
    await cache.alone(key, () => new Download(remote, cache, options).run(), waits, signal);
  }
  options.onProgress?.({ path: key.path, receivedBytes: remote.sizeBytes, sizeBytes: remote.sizeBytes, phase: 'done' });
}

class Download {
  /** What the server says of the version that the held bytes are of. */
  private tag: string | null = null;
  /** Whether what is held may be of several versions, or was kept by an earlier visit. */
  private pieced = false;

  constructor(
    private readonly remote: RemoteFile,
    private readonly cache: ByteCache,
    private readonly options: DownloadOptions,
  ) {}

  async run(): Promise<void> {
    const { remote, cache } = this;
    const { key, sizeBytes } = remote;
    this.options.signal?.throwIfAborted();
    const { bytes, complete } = await cache.held(key);
    if (complete && bytes === sizeBytes) return;
    // Cut short or replaced where it lies; or the rest of a version that nothing tells from the one there is now.
    if (complete || bytes > sizeBytes || (remote.hash === null && bytes < sizeBytes)) await cache.remove(key);
    this.pieced = (await cache.held(key)).bytes > 0;
    await this.receiveAll();
    if (!(await this.isWhole())) {
      await cache.remove(key);
      if (!this.pieced) throw new AppError('hash-mismatch', { file: key.path });
      // What an earlier visit kept may be what is damaged: once more, from the first byte.
      this.pieced = false;
      return this.run();
    }
    await cache.finish(key);
  }

  private async receiveAll(): Promise<void> {
    const { remote, cache } = this;
    const { key, sizeBytes } = remote;
    let furthest = (await cache.held(key)).bytes;
    for (let held = furthest, failures = 0; held < sizeBytes; ) {
      let failure = new AppError('hub-offline', { host: remote.host });
      try {
        await this.receive(held);
      } catch (error) {
        this.options.signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        failure = error;
      }
      held = (await cache.held(key)).bytes;
      if (held >= sizeBytes) return;
      this.pieced ||= held > 0;
      failures = held >= furthest + leastBytes ? 1 : failures + 1;
      furthest = Math.max(furthest, held);
      if (failures >= (this.options.attempts ?? 5)) throw failure;
      await waitToTryAgain(failure, failures, remote, this.options.signal);
    }
  }

  /** One answer of the server, stored as it comes. Returns or throws with everything that came in the cache. */
  private async receive(asked: number): Promise<void> {
    const { remote, cache } = this;
    const { key, sizeBytes } = remote;
    const response = await this.answer(asked);
    if (!response) return;
    const start = response.status === 206 ? asked : 0;
    const held = (await cache.held(key)).bytes;
    // A server without ranges starts over: pass by what is held already.
    let skip = held - start;
    let received = held;
    let gathered: Bytes[] = [];
    let gatheredBytes = 0;
    const store = async () => {
      if (gatheredBytes > 0) await cache.append(key, joinBytes(gathered));
      gathered = [];
      gatheredBytes = 0;
    };
    const { stallMs } = patienceOf(remote);
    const signal = anySignal(this.options.signal, remote.signal?.());
    try {
      for await (const piece of bodyPieces(response, { host: remote.host, file: key.path, stallMs, signal })) {
        const fresh = piece.subarray(Math.min(skip, piece.length));
        skip -= piece.length - fresh.length;
        received += fresh.length;
        if (received > sizeBytes) {
          gatheredBytes = 0;
          await cache.remove(key);
          throw tooLong({ host: remote.host, file: key.path }, sizeBytes);
        }
        gathered.push(fresh);
        gatheredBytes += fresh.length;
        this.report(received, 'downloading');
        if (gatheredBytes >= storeBytes) await store();
      }
    } finally {
      await store();
    }
  }

  /** Null where what is held had to go: it is then asked for from the first byte. */
  private async answer(asked: number): Promise<Response | null> {
    const { remote, cache } = this;
    let response: Response;
    try {
      response = await remote.request(asked, this.options.signal);
    } catch (error) {
      const ended = error instanceof AppError && error.code === 'hub-failed' && error.params.status === 416;
      if (!ended || asked === 0) throw error;
      await cache.remove(remote.key);
      return null;
    }
    const tag = response.headers.get('etag') ?? response.headers.get('last-modified');
    const isSame = tag !== null && tag === this.tag && !tag.startsWith('W/');
    this.tag = tag;
    if (response.status === 206) requireRange(response, asked, null, remote.sizeBytes, remote.host, remote.key.path);
    // Without a hash nothing would tell a file of two versions from a whole one.
    if (asked === 0 || remote.hash !== null || isSame) return response;
    await cache.remove(remote.key);
    if (response.status === 200) return response;
    void response.body?.cancel().catch(() => undefined);
    return null;
  }

  private async isWhole(): Promise<boolean> {
    const { remote, cache } = this;
    const { key, sizeBytes, hash } = remote;
    this.report(sizeBytes, 'verifying');
    if ((await cache.held(key)).bytes !== sizeBytes) return false;
    if (hash === null) return true;
    const reckoned = hash.kind === 'git' ? gitHash(sizeBytes) : new Sha256();
    for (let at = 0; at < sizeBytes; at += storeBytes) {
      this.options.signal?.throwIfAborted();
      reckoned.update(await cache.read(key, at, Math.min(sizeBytes, at + storeBytes)));
    }
    return reckoned.hex() === hash.hex;
  }

  private report(receivedBytes: number, phase: DownloadProgress['phase']): void {
    const { key, sizeBytes } = this.remote;
    this.options.onProgress?.({ path: key.path, receivedBytes, sizeBytes, phase });
  }
}

/**
 * Holds a part of a file against the part that was asked for. A page is not told the range where the server does not
 * let it; the hash, or the length, then has to do.
 * @param end null: to the end of the file
 * @throws AppError `hub-answer-wrong`
 */
export function requireRange(
  response: Response,
  start: number,
  end: number | null,
  sizeBytes: number,
  host: string,
  file: string,
): void {
  const range = response.headers.get('content-range');
  if (range === null) return;
  const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  const isEnd = end === null || Number(to) === end - 1;
  if (Number(from) === start && isEnd && (of === '*' || Number(of) === sizeBytes)) return;
  const reason = because`it is another part (${range}) than was asked for (from ${start} of ${sizeBytes} bytes)`;
  throw new AppError('hub-answer-wrong', { host, file, reason });
}
