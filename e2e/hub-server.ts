import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative, sep } from 'node:path';
import { HubCommits, type WriteFaults } from './hub-commits.ts';
import { answerSignIn } from './hub-sign-in.ts';

/**
 * A server that speaks the Hub's paths from a folder `OWNER/MODEL/files…`, for tests:
 *
 *     GET /api/models?search=…                                   search
 *     GET /api/models/OWNER/MODEL/revision/REVISION              the commit
 *     GET /api/models/OWNER/MODEL/tree/REVISION?recursive=true   the files, in pages
 *     GET /OWNER/MODEL/resolve/REVISION/FILE                     bytes, ranges included
 *
 * Data sets lie in `datasets/OWNER/NAME/files…` and are asked for likewise, under /api/datasets/ and /datasets/; their
 * Parquet branch (refs/convert/parquet) in `datasets/OWNER/NAME@parquet/files…`. `hub-commits.ts` takes what is
 * published, `hub-sign-in.ts` signs in.
 *
 * `faults` may be changed at any time to make it misbehave.
 */
export interface HubFaults extends WriteFaults {
  /** Answer every request, or only those whose path matches `statusFor`, with this status. */
  status?: number;
  statusFor?: RegExp;
  /** How many requests `status` is for; then it is taken off. */
  statusTimes?: number;
  /** Only this token may read; without it 401, with another 403. */
  token?: string;
  /** Break the connection after this many bytes of a file, as often as `dropTimes` says (always, where it does not). */
  dropAfter?: number;
  dropTimes?: number;
  /** Change a byte of every file whose path matches. */
  corrupt?: RegExp;
  /** `main` of OWNER/NAME is what lies in OWNER/NAME@moved; the commit before is still there. */
  moved?: boolean;
  /** Answer range requests with the whole file. */
  noRanges?: boolean;
  /** Answers a request itself, in any wrong way, and says so; false leaves it to the server. */
  answer?: (path: string, request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface HubServer {
  readonly url: string;
  readonly faults: HubFaults;
  /** `METHOD path range` of every request so far. */
  readonly requests: string[];
  /** What was published, as the storage holds it. */
  readonly commits: HubCommits;
  close(): Promise<void>;
}

const pageSize = 2;

export async function startHubServer(folder: string, faults: HubFaults = {}, port = 0): Promise<HubServer> {
  const requests: string[] = [];
  const commits = new HubCommits(folder, faults);
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    // The page that asks is served from another origin.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT');
    response.setHeader('access-control-allow-headers', 'authorization, range, content-type');
    response.setHeader('access-control-expose-headers', 'link, content-range, x-error-code, etag, retry-after');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    const url = new URL(request.url!, `http://${request.headers.host}`);
    if (faults.answer?.(decodeURIComponent(url.pathname), request, response)) return;
    const refused = refusal(faults, url.pathname, request.headers.authorization);
    if (refused) return fail(response, refused);
    if (await answerSignIn(url, request, response)) return;
    if (await commits.answer(url, request, response)) return;
    if (commits.hides(url.pathname, request.headers.authorization)) return fail(response, 404);
    return answer(folder, faults, url, request, response);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    commits,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function refusal(faults: HubFaults, path: string, authorization: string | undefined): number | undefined {
  if (faults.status !== undefined && (faults.statusFor ?? /./).test(path)) {
    const { status } = faults;
    if (faults.statusTimes !== undefined && --faults.statusTimes <= 0) delete faults.status;
    return status;
  }
  if (faults.token === undefined || authorization === `Bearer ${faults.token}`) return undefined;
  return authorization === undefined ? 401 : 403;
}

const fail = (response: ServerResponse, status: number) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(status) }));

function answer(folder: string, faults: HubFaults, url: URL, request: IncomingMessage, response: ServerResponse) {
  const path = decodeURIComponent(url.pathname);
  const json = (value: unknown, headers: Record<string, string> = {}) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  if (path === '/api/models') return json(search(folder, url.searchParams.get('search') ?? ''));

  const info = /^\/api\/(models\/|(?=datasets\/))((?:datasets\/)?[^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(path);
  const file = /^\/((?:datasets\/)?[^/]+\/[^/]+)\/resolve\/(refs\/convert\/parquet|[^/]+)\/(.+)$/.exec(path);
  const model = repositoryOf(folder, info?.[2] ?? file?.[1], info?.[4] ?? file?.[2], faults);
  if (!model) return fail(response, 404);
  if (file) {
    const full = join(folder, model, file[3]!);
    if (!existsSync(full) || relative(join(folder, model), full).startsWith('..')) return fail(response, 404);
    return sendFile(full, faults, request, response);
  }
  if (info![3] === 'revision') return json({ ...modelInfo(folder, model), sha: commitOf(model) });
  const files = listFolder(join(folder, model));
  const from = Number(url.searchParams.get('cursor') ?? 0);
  url.searchParams.set('cursor', String(from + pageSize));
  const link = from + pageSize < files.length ? { link: `<${url.href}>; rel="next"` } : {};
  return json(files.slice(from, from + pageSize), link as Record<string, string>);
}

/** The folder that a revision of a repository lies in, or null. */
function repositoryOf(
  folder: string,
  id: string | undefined,
  revision: string | undefined,
  { moved }: HubFaults,
): string | null {
  const branches = [
    { name: id ?? '', revisions: moved ? [] : ['main'] },
    { name: `${id}@moved`, revisions: moved ? ['main'] : [] },
    { name: `${id}@parquet`, revisions: ['refs/convert/parquet'] },
  ];
  const found = branches.find(({ name, revisions }) => [...revisions, commitOf(name)].includes(revision!));
  return id && found && existsSync(join(folder, found.name)) ? found.name : null;
}

const digest = (kind: string, data: string | Buffer) => createHash(kind).update(data).digest('hex');
/** Git's name of a file. */
export const gitOid = (bytes: Buffer) => digest('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
const commitOf = (model: string) => digest('sha1', model);

function listFolder(folder: string): object[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.sort().map((name) => {
    const full = join(folder, name);
    const path = name.split(sep).join('/');
    if (statSync(full).isDirectory()) return { type: 'directory', path, size: 0, oid: digest('sha1', path) };
    const bytes = readFileSync(full);
    const listed = { type: 'file', path, size: bytes.length, oid: gitOid(bytes) };
    // As on the Hub, weights and Parquet files lie in LFS, which publishes their SHA-256.
    if (!/\.(safetensors|parquet|gguf)$/.test(path)) return listed;
    return { ...listed, lfs: { oid: digest('sha256', bytes), size: bytes.length, pointerSize: 130 } };
  });
}

function modelInfo(folder: string, model: string): object {
  const config = join(folder, model, 'config.json');
  return {
    _id: digest('sha1', model).slice(0, 24),
    id: model,
    private: false,
    gated: false,
    downloads: model.length,
    likes: 1,
    lastModified: '2026-01-01T00:00:00.000Z',
    siblings: (readdirSync(join(folder, model), { recursive: true }) as string[]).map((name) => ({
      rfilename: name.split(sep).join('/'),
    })),
    config: existsSync(config) ? JSON.parse(readFileSync(config, 'utf8')) : undefined,
  };
}

function search(folder: string, query: string): object[] {
  const models = readdirSync(folder)
    .filter((owner) => owner !== 'datasets')
    .flatMap((owner) => readdirSync(join(folder, owner)).map((name) => `${owner}/${name}`));
  const wanted = query.toLowerCase();
  return models.filter((model) => model.toLowerCase().includes(wanted)).map((model) => modelInfo(folder, model));
}

function sendFile(full: string, faults: HubFaults, request: IncomingMessage, response: ServerResponse) {
  const bytes = readFileSync(full);
  if (faults.corrupt?.test(full)) bytes[bytes.length >> 1]! ^= 0xff;
  const range = faults.noRanges ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]) + 1, bytes.length) : bytes.length;
  if (range && start >= bytes.length) return fail(response, 416);
  const part = bytes.subarray(start, end);
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': part.length,
    'accept-ranges': 'bytes',
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` } : {}),
  });
  if (request.method === 'HEAD') return response.end();
  const { dropAfter } = faults;
  if (dropAfter === undefined || dropAfter >= part.length || faults.dropTimes === 0) return response.end(part);
  if (faults.dropTimes !== undefined) faults.dropTimes--;
  // A moment for the bytes to leave before the line breaks.
  return response.write(part.subarray(0, dropAfter), () => setTimeout(() => response.destroy(), 20));
}
