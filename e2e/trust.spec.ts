import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { startHubServer } from './hub-server.ts';
import { example, StudioPage } from './studio.ts';

test('text becomes neither HTML nor script, in the page or in its worker', async ({ page, baseURL }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const said = await page.evaluate(async (origin) => {
    const tries: Record<string, () => unknown> = {
      html: () => {
        document.createElement('div').innerHTML = '<img src=x>';
      },
      document: () => new DOMParser().parseFromString('<p>', 'text/html'),
      frame: () => {
        document.createElement('iframe').srcdoc = '<p>text';
      },
      script: () => {
        document.createElement('script').text = '1';
      },
      foreign: () => new Worker('https://example.com/worker.js'),
      blob: () => new Worker(URL.createObjectURL(new Blob(['1']))),
      data: () => new Worker('data:text/javascript,1'),
      policy: () =>
        (globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): void } }).trustedTypes //
          .createPolicy('another', {}),
      // What the page itself does.
      own: () => new Worker(`${origin}/service-worker.js`).terminate(),
      css: () => {
        document.createElement('style').innerHTML = 'a > b { color: red }';
      },
    };
    return Object.entries(tries).map(([name, act]) => {
      try {
        act();
        return `${name}: done`;
      } catch (error) {
        return `${name}: ${(error as Error).name}`;
      }
    });
  }, new URL(baseURL!).origin);
  expect(said).toEqual([
    ...['html', 'document', 'frame', 'script', 'foreign', 'blob', 'data', 'policy'].map((name) => `${name}: TypeError`),
    ...['own', 'css'].map((name) => `${name}: done`),
  ]);

  const worker = page.workers().find((each) => /\/worker-/.test(each.url()))!;
  const inWorker = await worker.evaluate(() => {
    const start = (address: string) => {
      try {
        new Worker(address).terminate();
        return 'done';
      } catch (error) {
        return (error as Error).name;
      }
    };
    return ['https://example.com/worker.js', 'data:text/javascript,1', URL.createObjectURL(new Blob(['1']))].map(start);
  });
  expect(inWorker).toEqual(['TypeError', 'TypeError', 'done']);
});

test('of a Hub only the files of the model are asked for, and nothing of anybody else', async ({ page, baseURL }) => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-hub-'));
  cpSync(example('model'), join(folder, 'ai', 'tiny'), { recursive: true });
  const hub = await startHubServer(folder);
  const hosts = new Set<string>();
  page.context().on('request', (request) => hosts.add(new URL(request.url()).origin));
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('hub-id').fill('ai/tiny');
  await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-endpoint').fill(hub.url);
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');

  const files = readdirSync(example('model')).join('|').replaceAll('.', '\\.');
  const named = [
    /^(GET|HEAD|OPTIONS) \/api\/models\/ai\/tiny\/revision\/main(\?|$)/,
    /^(GET|HEAD|OPTIONS) \/api\/models\/ai\/tiny\/tree\/[\w-]+(\?|$)/,
    new RegExp(`^(GET|HEAD|OPTIONS) /ai/tiny/resolve/[\\w-]+/(${files})( bytes=[\\d-]+)?$`),
  ];
  expect(hub.requests.length).toBeGreaterThan(3);
  expect(hub.requests.filter((request) => !named.some((name) => name.test(request)))).toEqual([]);
  expect([...hosts].sort()).toEqual([new URL(baseURL!).origin, hub.url].sort());
  await hub.close();
  rmSync(folder, { recursive: true });
});

test('the built page says what it is made of, and none of it is for tests only', () => {
  const built = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');
  const { components } = JSON.parse(built('dist/sbom.cdx.json'));
  const names = components.map(({ name }: { name: string }) => name);
  // Of the page, of its worker and of the worker's threads.
  expect(names).toEqual(expect.arrayContaining(['react-dom', '@tensorflow/tfjs-core', '@huggingface/transformers']));
  const licences = built('dist/licences.md');
  const { packages } = JSON.parse(built('package-lock.json'));
  for (const { name, version, purl } of components) {
    expect(licences).toContain(`\n## ${name} ${version}\n`);
    const locked = Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
    expect(
      locked.some(([, entry]) => (entry as { version: string }).version === version && !(entry as { dev?: true }).dev),
      purl,
    ).toBe(true);
  }
});
