import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

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
