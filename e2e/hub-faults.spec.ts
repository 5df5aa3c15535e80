import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { type HubFaults, type HubServer, startHubServer } from './hub-server.ts';
import { example, StudioPage } from './studio.ts';

let folder: string;
let hub: HubServer;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-hub-faults-'));
  cpSync(example('model'), join(folder, 'ai', 'tiny'), { recursive: true });
  hub = await startHubServer(folder);
});

test.afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

test.afterEach(() => {
  for (const fault of Object.keys(hub.faults)) delete hub.faults[fault as keyof HubFaults];
});

async function fillHubForm(page: Page): Promise<void> {
  await page.getByTestId('hub-id').fill('ai/tiny');
  const more = page.getByTestId('hub-more');
  if ((await more.getAttribute('aria-expanded')) === 'false') await more.click();
  await page.getByTestId('hub-endpoint').fill(hub.url);
}

const expectOpened = (page: Page) => expect(page.getByTestId('opened-model')).toContainText('ai/tiny');

test('a Hub that says nothing: Cancel at once, a word within half a minute, and it opens afterwards', async ({
  page,
}) => {
  await new StudioPage(page).open();
  await fillHubForm(page);
  hub.faults.answer = () => true;
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('stop-download')).toBeVisible({ timeout: 2000 });
  await expect(page.getByTestId('hub-wait')).toContainText('sent nothing for 15 seconds', { timeout: 30_000 });
  await page.getByTestId('stop-download').click();
  await expect(page.getByTestId('hub-open')).toBeVisible({ timeout: 5000 });
  await expect(page.locator('[data-error]')).toHaveCount(0);
  await expect(page.getByTestId('hub-wait')).toHaveCount(0);
  delete hub.faults.answer;
  await page.getByTestId('hub-open').click();
  await expectOpened(page);
});

test('a sign-in page in place of the tokenizer is refused, and nothing of it is kept', async ({ page }) => {
  await new StudioPage(page).open();
  await fillHubForm(page);
  hub.faults.answer = (path, _, response) => {
    if (!path.endsWith('/tokenizer.json')) return false;
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
    return true;
  };
  await page.getByTestId('hub-open').click();
  await expect(page.locator('[data-error="hub-answer-wrong"]')).toContainText('it is a web page');
  delete hub.faults.answer;
  await page.getByTestId('hub-open').click();
  await expectOpened(page);
});

test('two tabs download a model once, and the second says that it waits', async ({ page, context }) => {
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await new StudioPage(tab).open();
    await fillHubForm(tab);
  }
  // The first tab's answer is held back until the second asks as well.
  let release = () => {};
  hub.faults.answer = (path, request, response) => {
    if (request.method !== 'GET' || !path.endsWith('/model.safetensors')) return false;
    delete hub.faults.answer;
    release = () => {
      response.writeHead(302, { location: request.url! }).end();
    };
    return true;
  };
  hub.requests.length = 0;
  await page.getByTestId('hub-open').click();
  await expect.poll(() => hub.requests.filter((line) => /GET .*model\.safetensors/.test(line)).length).toBe(1);
  await other.getByTestId('hub-open').click();
  await expect(other.getByTestId('hub-wait')).toContainText('Another tab or process is downloading model.safetensors');
  release();
  await expectOpened(page);
  await expectOpened(other);
  // The one that was held back, and where it was sent on to.
  expect(hub.requests.filter((line) => /GET .*model\.safetensors/.test(line))).toHaveLength(2);
});

test.describe('a part of the page that does not load', () => {
  // What a service worker fetches is out of the test's hands.
  test.use({ serviceWorkers: 'block' });

  test('is said, and comes when it is asked for again: the worker’s and the page’s', async ({ page, context }) => {
    const studio = new StudioPage(page);
    await studio.open();
    await context.route(/\/assets\/(load-model|model-handlers|DataStep)-.*\.js$/, (route) => route.abort());
    await page.getByTestId('open-example').click();
    await expect(page.locator('[data-error="code-missing"]')).toBeVisible();
    await studio.goTo('data');
    await expect(page.locator('[data-error="code-missing"]').filter({ visible: true })).toBeVisible();
    await context.unrouteAll();
    await page.getByTestId('load-again').click();
    await expect(page.getByTestId('drop-zone').filter({ visible: true })).toBeVisible();
    await studio.goTo('model');
    await studio.openExampleModel();
  });
});
