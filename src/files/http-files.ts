import { AppError, because } from '../errors.ts';
import { wholeBody } from './hub-body.ts';
import { patienceOf, patiently, type Waiting } from './hub-patience.ts';
import { answerInTime } from './hub-request.ts';
import { type Bytes, decodeText, type ModelFiles } from './source.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Bytes;
}

/** What is read of a file whose size nobody says, at the most. */
const mostBytes = 1 << 30;

/**
 * Files that a plain web server holds under `baseUrl` (the bundled example). `names` are the files that exist: a plain
 * server cannot list a folder, and one made for a page answers unknown paths with the page itself.
 * Ranges are used where the server grants them; otherwise a file is fetched once, whole, and kept.
 * @throws AppError `file-missing`, `hub-offline`, `hub-stalled`, `hub-failed` (with the status), `hub-answer-wrong`.
 */
export function httpFiles(
  baseUrl: string,
  fetcher: typeof fetch,
  names: readonly string[],
  waiting: Waiting = {},
): ModelFiles {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const known = new Set(names);
  const whole = new Map<string, Bytes>();
  const sizes = new Map<string, number>();

  /** Asks and reads the body, again where that may help. */
  const ask = (path: string, init: RequestInit): Promise<Answer> => {
    if (!known.has(path)) throw new AppError('file-missing', { file: path });
    const url = base + path.split('/').map(encodeURIComponent).join('/');
    const host = URL.canParse(url) ? new URL(url).host : url;
    const { stallMs } = patienceOf(waiting);
    const attempt = async (): Promise<Answer> => {
      const stopped = waiting.signal?.();
      const response = await answerInTime(waiting, host, stopped, (signal) => fetcher(url, { ...init, signal }));
      const { status, headers } = response;
      if (status === 404) throw new AppError('file-missing', { file: path });
      if (!response.ok) throw new AppError('hub-failed', { host, status, file: path });
      if (/^text\/html\b/i.test(headers.get('content-type') ?? ''))
        throw new AppError('hub-answer-wrong', { host, file: path, reason: because`it is a web page` });
      return {
        status,
        headers,
        bytes: await wholeBody(response, { host, file: path, stallMs, signal: stopped }, mostBytes),
      };
    };
    return patiently(attempt, waiting, 3);
  };

  const keep = (path: string, { bytes }: Answer): Bytes => {
    whole.set(path, bytes);
    sizes.set(path, bytes.length);
    return bytes;
  };

  const read: ModelFiles['read'] = async (path, start = 0, end) => {
    const kept = whole.get(path);
    if (kept) return kept.slice(start, end ?? kept.length);
    if (start === 0 && end === undefined) return (await ask(path, {})).bytes;
    if (end !== undefined && end <= start) return new Uint8Array(0);
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const answer = await ask(path, { headers: { Range: range } });
    return answer.status === 206 ? answer.bytes : keep(path, answer).slice(start, end);
  };

  const size = async (path: string): Promise<number> => {
    const cached = sizes.get(path);
    if (cached !== undefined) return cached;
    const { headers } = await ask(path, { method: 'HEAD' });
    const length = headers.get('content-length');
    // A compressed answer counts the compressed bytes, which is not the file's size.
    if (length !== null && !headers.get('content-encoding')) {
      sizes.set(path, Number(length));
      return Number(length);
    }
    return keep(path, await ask(path, {})).length;
  };

  return {
    describe: () => baseUrl,
    list: async () => names.map((path) => ({ path, size: sizes.get(path) ?? null })),
    has: async (path) => known.has(path),
    size,
    read,
    text: async (path) => decodeText(await read(path)),
  };
}
