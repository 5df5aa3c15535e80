import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { PlainHost, startForeign } from './plain-host.ts';
import { startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

const built = fileURLToPath(new URL('../dist', import.meta.url));
let host: PlainHost;

test.beforeEach(async () => {
  host = await PlainHost.start(built);
});
test.afterEach(() => host.close());

const workerOf = (page: Page) => page.workers().find((worker) => /\/worker-/.test(worker.url()))!;

/** Waits until the service worker answers for the page. */
async function waitForKeeper(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state), { timeout: 60_000 })
    .toBe('activated');
}

const buildsKept = (page: Page) =>
  page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('atelier-')).length);

test('on a plain host, below a path, a server that the policy does not name is sent nothing, by page or worker', async ({
  page,
}) => {
  const foreign = await startForeign();
  const studio = new StudioPage(page);
  await studio.open(host.url);
  await startRun(studio, {
    training: { max_steps: 2 },
    prediction: { metric: 'judge', judge_endpoint: `${foreign.url}/v1`, judge_model: 'm', max_length_inference: 4 },
  });
  await studio.waitForPhase('finished', 200_000);
  await expect(page.getByTestId('samples')).toContainText('not configured to allow');

  const asks = (address: string) =>
    workerOf(page).evaluate(async (to) => {
      const ways = [
        () => fetch(to, { method: 'POST', body: 'rows' }),
        () => fetch(new Request(to)),
        () => {
          const request = new XMLHttpRequest();
          request.open('POST', to);
          request.send('rows');
        },
        () => new WebSocket(to.replace('http', 'ws')),
        () => new EventSource(to),
      ];
      const said = [];
      for (const way of ways)
        said.push(
          await Promise.resolve()
            .then(way)
            .then(() => 'sent', String),
        );
      return said;
    }, address);
  expect((await asks(foreign.url)).join()).not.toContain('sent');
  await page.evaluate((to) => fetch(to).catch(() => {}), foreign.url);
  expect(foreign.requests).toEqual([]);
  foreign.close();
});

test('from the second visit on a plain host answers with the policy, and wasm has its threads', async ({ page }) => {
  const foreign = await startForeign();
  const studio = new StudioPage(page);
  await studio.open(host.url);
  await waitForKeeper(page);
  await page.reload();
  await expect(page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  // A worker of the worker's has its policy, and none of the checks that stand before its requests.
  const said = await workerOf(page).evaluate(
    (to) =>
      new Promise((answer) => {
        const text = `fetch('${to}').then(() => postMessage('sent'), (error) => postMessage(String(error)))`;
        const worker = new Worker(URL.createObjectURL(new Blob([text])));
        worker.onmessage = ({ data }) => answer(data);
      }),
    foreign.url,
  );
  expect(said).toContain('Failed to fetch');
  expect(foreign.requests).toEqual([]);
  foreign.close();
});

test('a page that is open when a new build is deployed loads what it has not shown yet, and its run goes on', async ({
  page,
  context,
}) => {
  const studio = new StudioPage(page);
  await studio.open(host.url);
  await waitForKeeper(page);
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 120_000);

  host.deploy();
  const other = await context.newPage();
  await new StudioPage(other).open(host.url);
  await expect.poll(() => buildsKept(other), { timeout: 60_000 }).toBe(2);
  await expect
    .poll(() => other.evaluate(() => navigator.serviceWorker.getRegistration().then((found) => found?.waiting ?? null)))
    .toBeNull();
  await other.close();

  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  await studio.goTo('use');
  const { tuned } = await studio.ask('What is the capital of Cuba?');
  expect(tuned).not.toBe('');

  // The last page of the old build is gone: its files go, and the new one opens without a network.
  await page.reload();
  await expect(page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => buildsKept(page), { timeout: 60_000 }).toBe(1);
  await context.setOffline(true);
  host.close();
  await page.reload();
  await expect(page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  await studio.goTo('data');
  // The set-up of the last visit comes back, from what was kept.
  await expect(page.getByTestId('token-row').first()).toBeVisible();
});

test('a file whose reader hangs is given up after ten seconds, and the run under way goes on meanwhile', async ({
  page,
}) => {
  host.hangReaders();
  const studio = new StudioPage(page);
  await studio.open(host.url);
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 120_000);
  const step = async () => Number(await page.getByTestId('run-view').locator('progress').getAttribute('value'));
  const before = await step();
  await studio.goTo('data');
  await page.getByRole('button', { name: 'Choose another dataset' }).click();
  await studio.dropTable('hangs.csv', 'a,b\n1,2\n');
  await expect(page.locator('[data-error="reading-too-long"]')).toContainText('hangs.csv', { timeout: 30_000 });
  await expect(page.getByTestId('opened-data')).toContainText('data.csv');
  await studio.goTo('train');
  expect(await step()).toBeGreaterThan(before);
});
