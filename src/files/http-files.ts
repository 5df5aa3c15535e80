import { AppError } from '../errors.ts';
import { type Bytes, decodeText, type ModelFiles } from './source.ts';

/**
 * Files that a plain web server holds under `baseUrl` (the bundled example). `names` are the files that exist: a plain
 * server cannot list a folder, and one made for a page answers unknown paths with the page itself.
 * Ranges are used where the server grants them; otherwise a file is fetched once, whole, and kept.
 * @throws AppError `file-missing`, `hub-offline`, `hub-failed` (with the status).
 */
export function httpFiles(baseUrl: string, fetcher: typeof fetch, names: readonly string[]): ModelFiles {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  const known = new Set(names);
  const whole = new Map<string, Bytes>();
  const sizes = new Map<string, number>();

  const request = async (path: string, init: RequestInit): Promise<Response> => {
    if (!known.has(path)) throw new AppError('file-missing', { file: path });
    const url = base + path.split('/').map(encodeURIComponent).join('/');
    const host = URL.canParse(url) ? new URL(url).host : url;
    let response: Response;
    try {
      response = await fetcher(url, init);
    } catch (cause) {
      throw new AppError('hub-offline', { host }, { cause });
    }
    if (response.status === 404) throw new AppError('file-missing', { file: path });
    if (!response.ok) throw new AppError('hub-failed', { host, status: response.status, file: path });
    return response;
  };

  const keep = async (path: string, response: Response): Promise<Bytes> => {
    const bytes = new Uint8Array(await response.arrayBuffer());
    whole.set(path, bytes);
    sizes.set(path, bytes.length);
    return bytes;
  };

  const read: ModelFiles['read'] = async (path, start = 0, end) => {
    const kept = whole.get(path);
    if (kept) return kept.slice(start, end ?? kept.length);
    if (start === 0 && end === undefined) return new Uint8Array(await (await request(path, {})).arrayBuffer());
    if (end !== undefined && end <= start) return new Uint8Array(0);
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const response = await request(path, { headers: { Range: range } });
    if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
    return (await keep(path, response)).slice(start, end);
  };

  const size = async (path: string): Promise<number> => {
    const cached = sizes.get(path);
    if (cached !== undefined) return cached;
    const response = await request(path, { method: 'HEAD' });
    const length = response.headers.get('content-length');
    // A compressed answer counts the compressed bytes, which is not the file's size.
    if (length !== null && !response.headers.get('content-encoding')) {
      sizes.set(path, Number(length));
      return Number(length);
    }
    return (await keep(path, await request(path, {}))).length;
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
