import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { type HubServer, startHubServer } from './hub-server.ts';
import { example, StudioPage } from './studio.ts';

let folder: string;
let hub: HubServer;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-hub-'));
  cpSync(example('model'), join(folder, 'ai', 'tiny'), { recursive: true });
  hub = await startHubServer(folder);
});

test.afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

async function fillHubForm(page: Page, id: string, endpoint: string): Promise<void> {
  await page.getByTestId('hub-id').fill(id);
  const more = page.getByTestId('hub-more');
  if ((await more.getAttribute('aria-expanded')) === 'false') await more.click();
  await page.getByTestId('hub-endpoint').fill(endpoint);
}

test('a model of a Hub opens, and opens again when the Hub is gone', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await fillHubForm(page, 'ai/nothing', hub.url);
  await page.getByTestId('hub-open').click();
  await expect(page.locator('[data-error="hub-not-found"]')).toContainText('ai/nothing');
  await fillHubForm(page, 'ai/tiny', hub.url);
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');

  await page.context().route(`${hub.url}/**`, (route) => route.abort());
  await page.reload();
  await fillHubForm(page, 'ai/tiny', hub.url);
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');
  await page.getByRole('button', { name: 'Open another model' }).click();
  await fillHubForm(page, 'ai/other', hub.url);
  await page.getByTestId('hub-open').click();
  await expect(page.locator('[data-error="hub-offline"]')).toContainText(new URL(hub.url).host);
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');
});

test('an endpoint that the page may not talk to is refused before anything is sent', async ({ page }) => {
  await new StudioPage(page).open();
  await fillHubForm(page, 'ai/tiny', 'https://mirror.example');
  await expect(page.getByText('ATELIER_HUB=https://mirror.example')).toBeVisible();
});
