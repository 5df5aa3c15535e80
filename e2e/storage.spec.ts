import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';
import { startHubServer } from './hub-server.ts';

/** The browser's own storage has no stand-in in Node, so what is kept there is tested in the browser itself. */
let vite: ViteDevServer;
let address: string;

test.beforeAll(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const cacheDir = await mkdtemp(join(tmpdir(), 'atelier-vite-'));
  vite = await createServer({ configFile: false, root, cacheDir, logLevel: 'error', server: { port: 0, hmr: false } });
  await vite.listen(0);
  address = vite.resolvedUrls!.local[0]!;
  // The first visit finds the dependencies to prepare; this way no test has its worker reloaded.
  await vite.transformRequest('/e2e/storage-worker.ts');
});
test.afterAll(() => vite.close());
test.beforeEach(({ page }) => page.goto(`${address}LICENSE`));

async function work(page: Page, task: string, argument = ''): Promise<unknown> {
  const answer = await page.evaluate(
    (message) =>
      new Promise<{ result?: unknown; error?: string }>((resolve) => {
        const worker = new Worker('/e2e/storage-worker.ts', { type: 'module' });
        worker.onmessage = ({ data }) => {
          worker.terminate();
          resolve(data);
        };
        worker.onerror = ({ message: error }) => resolve({ error: error || 'the worker did not start' });
        worker.postMessage(message);
      }),
    { task, argument },
  );
  expect(answer.error).toBeUndefined();
  return answer.result;
}

const filesResult = {
  /** A new file is not there before it is whole. */
  seen: [false],
  whole: 'one two three',
  part: 'two',
  listed: ['file log', 'folder b'],
  broke: 'Error: cut',
  kept: 'short',
  missing: 'file-missing',
  after: [false, 0],
};

test('files are kept in the browser, and a broken write leaves the old file', async ({ page }) => {
  expect(await work(page, 'files')).toEqual(filesResult);
});

test('the same holds where files can only be written in place', async ({ page }) => {
  expect(await work(page, 'filesWithoutWritable')).toEqual(filesResult);
});

test('the same holds in a folder that the visitor picked', async ({ page }) => {
  expect(await work(page, 'filesInPickedFolder')).toEqual(filesResult);
});

test('a checkpoint is there after a reload, and a full storage loses nothing', async ({ page }) => {
  await work(page, 'saveRun');
  await page.reload();
  const loaded = { step: 5, state: { position: 5 }, bits: [0x3f800000, 0x80000000, 1] };
  expect(await work(page, 'loadRun')).toMatchObject({ ...loaded, runs: [{ id: 'first', step: 5 }] });

  const session = await page.context().newCDPSession(page);
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin: new URL(address).origin });
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(address).origin,
    quotaSize: usage + 1_000_000,
  });
  expect(await work(page, 'fill', '1000000')).toEqual({
    code: 'storage-full',
    appended: 'storage-full',
    held: 0,
    step: 5,
  });
});

test('a model is downloaded into the browser across a dropped line', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-hub-'));
  const weights = Uint8Array.from({ length: 900_000 }, (_, i) => i * 13);
  await mkdir(join(folder, 'ai/tiny'), { recursive: true });
  await writeFile(join(folder, 'ai/tiny/config.json'), '{}');
  await writeFile(join(folder, 'ai/tiny/model.safetensors'), weights);
  const hub = await startHubServer(folder, { dropAfter: 400_000, dropTimes: 1 });
  try {
    expect(await work(page, 'download', hub.url)).toMatchObject({
      length: weights.length,
      sum: weights.reduce((total, byte) => total + byte, 0),
      files: [
        { path: 'config.json', complete: true },
        { path: 'model.safetensors', complete: true, bytes: weights.length },
      ],
    });
    // Of the 400,000 bytes before the break a busy computer may lose some.
    expect(hub.requests.some((line) => /bytes=[1-9]\d*-/.test(line))).toBe(true);
  } finally {
    await hub.close();
    await rm(folder, { recursive: true });
  }
});
