import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../cli/node-files.ts';
import { blobFiles } from './blob-files.ts';
import { httpFiles } from './http-files.ts';
import type { ModelFiles } from './source.ts';

const contents = { 'config.json': '\ufeff{"a": 1}', 'sub folder/data.bin': '0123456789' };
let folder: string;
const servers: Server[] = [];
const sources: Record<string, ModelFiles> = {};

/** Serves `contents`; `ranges` off answers a range request with the whole file, as simple servers do. */
async function serve(ranges: boolean): Promise<string> {
  const server = createServer((request, response) => {
    const body = contents[decodeURIComponent(request.url!.slice(1)) as keyof typeof contents];
    if (body === undefined) return response.writeHead(404).end();
    const bytes = Buffer.from(body);
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
    const [from, to] = range && ranges ? [Number(range[1]), Number(range[2] || bytes.length - 1) + 1] : [0, undefined];
    const part = bytes.subarray(from, to);
    response.writeHead(range && ranges ? 206 : 200, { 'content-length': part.length });
    return response.end(request.method === 'HEAD' ? undefined : part);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-files-'));
  await mkdir(join(folder, 'sub folder'));
  for (const [path, text] of Object.entries(contents)) await writeFile(join(folder, path), text);
  const names = [...Object.keys(contents), 'gone.bin'];
  sources.folder = nodeFiles(folder);
  sources.dropped = blobFiles(new Map(Object.entries(contents).map(([path, text]) => [`m/${path}`, new Blob([text])])));
  sources['server with ranges'] = httpFiles(await serve(true), fetch, names);
  sources['server without ranges'] = httpFiles(await serve(false), fetch, names);
});

afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

describe.each(['folder', 'dropped', 'server with ranges', 'server without ranges'])('model files from a %s', (name) => {
  const ascii = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  it('reads whole files and ranges', async () => {
    const files = sources[name]!;
    expect(ascii(await files.read('sub folder/data.bin', 2, 5))).toBe('234');
    expect(ascii(await files.read('sub folder/data.bin', 7))).toBe('789');
    expect(ascii(await files.read('sub folder/data.bin'))).toBe('0123456789');
    expect(ascii(await files.read('sub folder/data.bin', 4, 4))).toBe('');
    expect(await files.size('sub folder/data.bin')).toBe(10);
    expect(await files.text('config.json')).toBe('{"a": 1}');
  });

  it('lists what there is and says what is missing', async () => {
    const files = sources[name]!;
    expect((await files.list()).map((entry) => entry.path)).toEqual(expect.arrayContaining(Object.keys(contents)));
    expect(await files.has('config.json')).toBe(true);
    expect(await files.has('other.json')).toBe(false);
    await expect(files.read('gone.bin')).rejects.toMatchObject({ code: 'file-missing', params: { file: 'gone.bin' } });
    await expect(files.size('other.json')).rejects.toMatchObject({ code: 'file-missing' });
  });
});

describe('model files', () => {
  it('of a folder never lie outside it', async () => {
    await expect(sources.folder!.read('../secret')).rejects.toMatchObject({ code: 'file-missing' });
    await expect(sources.folder!.read('/etc/hostname')).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('of a folder may be links, as in the cache of the Python libraries', async () => {
    await symlink(join(folder, 'config.json'), join(folder, 'linked.json'));
    await symlink(join(folder, 'nothing'), join(folder, 'broken.json'));
    const paths = (await sources.folder!.list()).map((entry) => entry.path);
    expect(paths).toContain('linked.json');
    expect(paths).not.toContain('broken.json');
  });

  it('of a server that is gone say that it cannot be reached', async () => {
    const files = httpFiles('http://127.0.0.1:1', fetch, ['config.json'], { patience: { retryDelayMs: 1 } });
    await expect(files.text('config.json')).rejects.toMatchObject({ code: 'hub-offline' });
  });
});
