import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

test('a second visit trains the example without a network', async ({ page, context }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await context.setOffline(true);
  await page.reload();
  await expect(page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 120_000);
  expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
});

test('from the first look to an answer only files of the page are asked for, and each is one by name', async ({
  page,
  baseURL,
}) => {
  const asked = new Set<string>();
  // Requests of the page, of its workers and of the service worker.
  page.context().on('request', (request) => asked.add(`${request.method()} ${request.url()}`));
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('hosts').locator('summary').click();
  await expect(page.getByTestId('hosts')).toContainText('huggingface.co');
  await studio.expectAccessible();
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('finished', 240_000);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').first().click()]);
  await download.path();
  await studio.goTo('use');
  await studio.ask('What is the capital of Cuba?');
  const built = readdirSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true, encoding: 'utf8' });
  const allowed = new Set(['', ...built].flatMap((path) => [`GET ${baseURL}${path}`, `HEAD ${baseURL}${path}`]));
  const others = [...asked].filter((request) => !allowed.has(request) && !/^GET (blob|data):/.test(request));
  expect(others).toEqual([]);
  expect([...asked].join()).toMatch(/worker-.*example\/model\/model\.safetensors/s);
});

test('the page can be installed: a manifest with icons that are there', async ({ page, request }) => {
  await page.goto('/');
  const href = await page.locator('link[rel="manifest"]').getAttribute('href');
  const manifest = await (await request.get(href!)).json();
  expect(manifest).toMatchObject({ name: 'Atelier', display: 'standalone', start_url: './' });
  for (const { src, type } of manifest.icons) {
    const icon = await request.get(src);
    expect(icon.headers()['content-type'], src).toBe(type);
  }
});
