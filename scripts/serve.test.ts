import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { get, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { headersFor } from './security-headers.js';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { serveFolder } from './serve.js';

const folder = mkdtempSync(join(tmpdir(), 'atelier-serve-'));
let server: Server;
let address: URL;

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), 'page');
  writeFileSync(join(folder, '.built-from'), 'stamp');
  writeFileSync(join(folder, 'licences.md'), '# Licences');
  writeFileSync(join(folder, 'large.js'), Buffer.alloc(2 ** 22, 'a'));
  const served = await serveFolder(folder, 47_300);
  server = served.server;
  address = new URL(served.address);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const status = (path: string, method = 'GET') =>
  new Promise<number>((resolve, reject) => {
    const { hostname, port } = address;
    get({ hostname, port, path, method }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    }).on('error', reject);
  });

test('the licences of the page are text that a browser shows', async () => {
  const { headers } = await fetch(new URL('licences.md', address));
  expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
});

test('an address that is none is refused, and what the build keeps for itself is not given', async () => {
  for (const path of ['//', 'http://[', '//[']) expect(await status(path), path).toBe(400);
  for (const path of ['/.built-from', '/%2ebuilt-from', '/assets/../.built-from', '/../serve.js', '/%00', '/%'])
    expect(await status(path), path).toBe(404);
  expect(await status('/', 'POST')).toBe(405);
  expect(await status('/')).toBe(200);
});

test('a file that goes away or cannot be read ends one answer and not the server', async () => {
  const handle = await open(join(folder, 'index.html'));
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const stat = vi.spyOn(prototype, 'stat').mockRejectedValueOnce(new Error('gone'));
  expect(await status('/')).toBe(500);
  const read = vi.spyOn(prototype, 'createReadStream').mockImplementationOnce(() => {
    throw new Error('unreadable');
  });
  await expect(status('/')).rejects.toThrow();
  expect(said).toHaveBeenCalledTimes(2);
  for (const spy of [stat, read, said]) spy.mockRestore();
  expect(await status('/')).toBe(200);
});

test('a browser that goes away in the middle of a file is no error', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  await new Promise<void>((done) => {
    const socket = connect(Number(address.port), address.hostname, () => {
      socket.write('GET /large.js HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
    socket.once('data', () => socket.destroy()).once('close', done);
  });
  expect(await status('/large.js')).toBe(200);
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
});

test('nobody may show the page in a frame but whom the build names', () => {
  const policy = (framedBy?: string) => headersFor('/', framedBy)['Content-Security-Policy'];
  expect(policy()).toMatch(/; frame-ancestors 'none'$/);
  expect(policy(' https://huggingface.co/spaces  http://localhost:1 ')).toMatch(
    /; frame-ancestors https:\/\/huggingface\.co http:\/\/localhost:1$/,
  );
  expect(() => policy('everyone')).toThrow();
});

test('bytes arrive as they lie there', async () => {
  const answered = await fetch(new URL('large.js', address));
  expect(Buffer.from(await answered.arrayBuffer()).equals(readFileSync(join(folder, 'large.js')))).toBe(true);
});
