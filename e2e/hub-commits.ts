import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';

/**
 * The part of the Hub that takes what is published, for tests:
 *
 *     POST /api/repos/create                            a repository
 *     POST /api/models/OWNER/NAME/preupload/REVISION    which files go by Git LFS
 *     POST /OWNER/NAME.git/info/lfs/objects/batch       where they go, and which are there already
 *     PUT  /lfs/…                                       a whole file, or a part of one
 *     POST /lfs/complete/…                              all parts are there
 *     POST /api/models/OWNER/NAME/commit/REVISION       the commit, as lines of JSON
 */
export interface WriteFaults {
  /** Tokens that may write; others are unknown. */
  writers?: readonly string[];
  /** Tokens that are known and may not write. */
  readers?: readonly string[];
  /** How many uploads are let through; each one after them is broken off in its middle. */
  uploadsBeforeBreak?: number;
  /** Parts of uploads hold this many bytes; smaller files go whole. */
  chunkBytes?: number;
  /** Addresses of uploads that were given out so far are valid no more. */
  expireAddresses?: boolean;
  /** The account has no room left. */
  full?: boolean;
}

/** A large file under way. */
interface PartsUpload {
  readonly oid: string;
  readonly parts: Map<number, Buffer>;
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

export class HubCommits {
  /** What the storage holds, by its hash. */
  readonly objects = new Map<string, Buffer>();
  readonly private = new Set<string>();
  private readonly uploads = new Map<string, PartsUpload>();

  constructor(
    private readonly folder: string,
    private readonly faults: WriteFaults,
  ) {}

  /** Whether a repository is private and not this reader's. */
  hides(path: string, authorization = ''): boolean {
    const token = authorization.replace(/^Bearer /, '');
    const mayRead = token !== '' && (this.faults.writers?.includes(token) ?? true);
    return !mayRead && [...this.private].some((id) => `${path}/`.includes(`/${id}/`));
  }

  /** Answers a request that writes; false where it is none. */
  async answer(url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { pathname } = url;
    if (request.method === 'PUT') return this.takeUpload(url, request, response);
    if (request.method !== 'POST') return false;
    const body = (await bytesOf(request)).toString('utf8');
    const completed = /^\/lfs\/complete\/(.+)$/.exec(pathname);
    if (completed) return this.complete(completed[1]!, JSON.parse(body), response);

    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const { writers, readers = [] } = this.faults;
    if (writers && !writers.includes(token))
      return readers.includes(token)
        ? json(response, 403, { error: 'You need write access.' })
        : json(response, 401, { error: 'Invalid credentials.' });
    if (pathname === '/api/repos/create') return this.create(JSON.parse(body), response);

    const asked =
      /^\/api\/models\/([^/]+\/[^/]+)\/(preupload|commit)\/main$/.exec(pathname) ??
      /^\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/(batch)$/.exec(pathname);
    if (!asked) return false;
    const [, repository = '', act] = asked;
    if (!existsSync(join(this.folder, repository))) return json(response, 404, { error: 'Repository not found' });
    if (act === 'preupload') return this.preupload(JSON.parse(body), response);
    if (act === 'batch') return this.batch(url, JSON.parse(body), response);
    return this.commit(repository, body, response);
  }

  private create(asked: { name: string; organization: string; visibility: string }, response: ServerResponse) {
    const id = `${asked.organization}/${asked.name}`;
    if (existsSync(join(this.folder, id))) return json(response, 409, { error: 'You already created this model repo' });
    mkdirSync(join(this.folder, id), { recursive: true });
    if (asked.visibility === 'private') this.private.add(id);
    return json(response, 200, { url: id, id, name: id });
  }

  private preupload(asked: { files: readonly { path: string }[] }, response: ServerResponse) {
    const modeOf = (path: string) => (/\.(safetensors|gguf|bin)$/.test(path) ? 'lfs' : 'regular');
    return json(response, 200, { files: asked.files.map(({ path }) => ({ path, uploadMode: modeOf(path) })) });
  }

  private batch(url: URL, asked: Batch, response: ServerResponse) {
    if (!asked.transfers.includes('multipart') || asked.transfers.includes('xet'))
      return json(response, 400, { error: 'Only LFS is spoken here.' });
    const chunk = this.faults.chunkBytes ?? Number.POSITIVE_INFINITY;
    const objects = asked.objects.map(({ oid, size }) => {
      const object = { oid, size, authenticated: true };
      if (this.faults.full) return { ...object, error: { code: 507, message: 'Storage quota is reached' } };
      if (this.objects.has(oid)) return object;
      const id = randomUUID();
      this.uploads.set(id, { oid, parts: new Map() });
      if (size <= chunk) return { ...object, actions: { upload: { href: `${url.origin}/lfs/${id}/1`, header: {} } } };
      const header: Record<string, string> = { chunk_size: String(chunk) };
      for (let part = 1; part <= Math.ceil(size / chunk); part++)
        header[String(part).padStart(5, '0')] = `${url.origin}/lfs/${id}/${part}`;
      return { ...object, actions: { upload: { href: `${url.origin}/lfs/complete/${id}`, header } } };
    });
    return json(response, 200, { transfer: 'multipart', objects });
  }

  /** A signed address gives the right to write there: a token has no place in it. */
  private async takeUpload(url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const [, id = '', part] = /^\/lfs\/([^/]+)\/(\d+)$/.exec(url.pathname) ?? [];
    if (this.faults.expireAddresses) {
      this.uploads.clear();
      delete this.faults.expireAddresses;
    }
    const upload = this.uploads.get(id);
    if (!upload || request.headers.authorization) {
      await bytesOf(request);
      return json(response, 403, { error: 'Request has expired' });
    }
    if (this.faults.uploadsBeforeBreak !== undefined && this.faults.uploadsBeforeBreak-- <= 0) {
      request.once('data', () => request.socket.destroy());
      return true;
    }
    const bytes = await bytesOf(request);
    upload.parts.set(Number(part), bytes);
    // A file that goes whole is there at once.
    if (sha256(bytes) === upload.oid) this.objects.set(upload.oid, bytes);
    response.writeHead(200, { etag: `"${sha256(bytes).slice(0, 32)}"` }).end();
    return true;
  }

  private complete(id: string, asked: Completion, response: ServerResponse) {
    const upload = this.uploads.get(id);
    const parts = asked.parts.map(({ partNumber }) => upload?.parts.get(partNumber));
    const right = asked.parts.every(
      ({ etag }, index) => parts[index] && etag === `"${sha256(parts[index]).slice(0, 32)}"`,
    );
    const whole = right ? Buffer.concat(parts as Buffer[]) : null;
    if (!whole || sha256(whole) !== upload?.oid) return json(response, 400, { error: 'The parts are not the file.' });
    this.objects.set(upload.oid, whole);
    return json(response, 200, { success: true });
  }

  private commit(repository: string, body: string, response: ServerResponse) {
    const lines = body.split('\n').map((line) => JSON.parse(line) as CommitLine);
    const lost = lines.find((line) => line.key === 'lfsFile' && !this.objects.has(line.value.oid));
    if (lost) return json(response, 400, { error: 'A large file is not in the storage.' });
    for (const { key, value } of lines) {
      if (key === 'header') continue;
      const path = join(this.folder, repository, value.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, key === 'lfsFile' ? this.objects.get(value.oid)! : Buffer.from(value.content, 'base64'));
    }
    return json(response, 200, { success: true, commitOid: '0'.repeat(40), commitUrl: repository });
  }
}

interface Batch {
  readonly transfers: readonly string[];
  readonly objects: readonly { readonly oid: string; readonly size: number }[];
}

interface Completion {
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
}

type CommitLine =
  | { readonly key: 'header'; readonly value: { readonly summary: string } }
  | { readonly key: 'file'; readonly value: { readonly path: string; readonly content: string } }
  | { readonly key: 'lfsFile'; readonly value: { readonly path: string; readonly oid: string } };

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function json(response: ServerResponse, status: number, value: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  return true;
}
