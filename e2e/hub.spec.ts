import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { type HubServer, startHubServer } from './hub-server.ts';
import { example, StudioPage } from './studio.ts';

const gguf = fileURLToPath(new URL('../src/exports/gguf/base/golden/llama.gguf', import.meta.url));
const hybrid = {
  ...{ model_type: 'granitemoehybrid', vocab_size: 64, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2 },
  ...{ shared_intermediate_size: 16, num_local_experts: 0, layer_types: ['mamba', 'attention'] },
};
let folder: string;
let hub: HubServer;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-hub-'));
  cpSync(example('model'), join(folder, 'ai', 'tiny'), { recursive: true });
  mkdirSync(join(folder, 'ai', 'm-GGUF'));
  for (const type of ['Q4_0', 'Q5_K_M', 'Q8_0']) cpSync(gguf, join(folder, 'ai', 'm-GGUF', `m-${type}.gguf`));
  mkdirSync(join(folder, 'ai', 'hybrid'));
  writeFileSync(join(folder, 'ai', 'hybrid', 'config.json'), JSON.stringify(hybrid));
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
  // The set-up of the last visit comes back from the browser's storage.
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');
  await page.getByRole('button', { name: 'Choose another model' }).click();
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

test('a search shows what can be opened, its size and whether it fits, before anything large is read', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await fillHubForm(page, 'tin', hub.url);
  hub.requests.length = 0;
  await page.getByTestId('hub-search').click();
  const found = page.locator('[data-model="ai/tiny"]');
  await expect(found).toContainText('935K parameters');
  await expect(found.locator('[data-fit]')).toHaveText('Fits');
  await expect(found).toContainText(/LoRA from \d.* MiB · 100 rows of 512 tokens: ~\d/);
  expect(hub.requests.filter((line) => /resolve.*safetensors/.test(line))).toEqual([]);
  await page.getByRole('button', { name: 'Details of ai/tiny' }).click();
  await expect(page.getByTestId('offer')).toContainText('model.safetensors');
  await expect(page.getByTestId('offer-open')).toContainText(/Download 1\.\d+ MiB/);
  await studio.expectAccessible();
  await page.getByTestId('offer-open').click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');

  await fillNothing(page);
  await expect(page.getByTestId('found-models')).toHaveCount(0);
});

/** A search for what is not there says so. */
async function fillNothing(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await fillHubForm(page, 'no-such-thing', hub.url);
  await page.getByTestId('hub-search').click();
  await expect(page.getByText('No compatible model found')).toBeVisible();
}

test('of a repository of GGUF files one is chosen, and only that is downloaded', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await fillHubForm(page, 'gguf', hub.url);
  hub.requests.length = 0;
  await page.getByTestId('hub-search').click();
  await page.getByRole('button', { name: 'Details of ai/m-GGUF' }).click();
  const variants = page.getByTestId('variants');
  await expect(variants.locator('[data-variant="m-Q5_K_M.gguf"]')).toContainText('it is quantised as Q5_K_M');
  await expect(variants.locator('[data-variant="m-Q4_0.gguf"]')).toContainText(/Q4_0 · 5\d\d KiB/);
  await studio.expectAccessible();
  await page.getByRole('button', { name: 'Load m-Q4_0.gguf' }).click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/m-GGUF/m-Q4_0.gguf');
  expect(hub.requests.filter((line) => /resolve.*(Q5_K_M|Q8_0)/.test(line))).toEqual([]);

  // It is kept by the file's name, and comes back by itself.
  await page.context().route(`${hub.url}/**`, (route) => route.abort());
  await page.reload();
  await expect(page.getByTestId('opened-model')).toContainText('ai/m-GGUF/m-Q4_0.gguf');
});

test('a model that is nearly known says in the list which key is not', async ({ page }) => {
  await new StudioPage(page).open();
  await fillHubForm(page, 'hybrid', hub.url);
  await page.getByTestId('hub-search').click();
  await expect(page.locator('[data-model="ai/hybrid"]')).toContainText('layer_types has layers of Mamba');
});

test('the shelf says of each model its size and whether it fits, and asks nobody', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.getByTestId('shelf').click();
  const shelved = page.locator('[data-model="LiquidAI/LFM2-350M"]');
  await expect(shelved).toContainText('354M parameters');
  await expect(shelved.locator('[data-fit]')).toBeVisible();
  await expect(shelved).toContainText(/Chat.*English.*LFM Open License.*LoRA from .*100 rows of 512 tokens: ~\d/);
  await expect(page.locator('[data-model="microsoft/deberta-v3-base"]')).toContainText('184M parameters');
  await expect(page.locator('[data-fit="four-bits"]').first()).toHaveText('Fits in 4 bits');
  const listed = page.locator('[data-model]');
  await page.getByTestId('filter-language').first().selectOption('ja');
  await page.getByTestId('filter-kind').first().selectOption('text');
  await expect(listed).toHaveCount(1);
  await expect(listed).toContainText('llm-jp/llm-jp-3-1.8b');
  await page.getByTestId('filter-language').first().selectOption('ko');
  await expect(page.getByText('No model matches these filters.')).toBeVisible();
  await page.getByTestId('filter-language').first().selectOption('');
  await page.getByTestId('filter-kind').first().selectOption('');
  await page.getByTestId('filter-fits').first().check();
  await expect(page.locator('[data-model="google/gemma-3-4b-it"]')).toHaveCount(0);
  await studio.expectAccessible();
  expect([...hosts].filter((host) => !host.startsWith('localhost') && !host.startsWith('127.'))).toEqual([]);
});

test('a download is cancelled, goes on where it was, and can be removed', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await fillHubForm(page, 'ai/tiny', hub.url);
  // The line drops again and again, so that there is time to press Cancel.
  hub.faults.dropAfter = 300_000;
  hub.requests.length = 0;
  await page.getByTestId('hub-open').click();
  // Once they are asked for from their middle on, the line has dropped, and a part of the weights is there.
  const resumes = () => hub.requests.filter((line) => /model\.safetensors.* bytes=[1-9]\d*-$/.test(line)).length;
  await expect.poll(resumes).toBeGreaterThan(0);
  await page.getByTestId('stop-download').click();
  await expect(page.getByTestId('hub-open')).toBeVisible();
  await expect(page.locator('[data-error]')).toHaveCount(0);
  await studio.expectAccessible();

  delete hub.faults.dropAfter;
  const kept = page.getByTestId('kept-models');
  await expect(kept).toContainText('partly downloaded');
  hub.requests.length = 0;
  await kept.getByRole('button', { name: 'Load ai/tiny' }).click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');
  const resumed = hub.requests.filter((line) => line.includes('model.safetensors'));
  expect(resumed.every((line) => /bytes=[1-9]\d*-/.test(line))).toBe(true);

  // It comes back by itself, and what is open cannot be removed.
  await page.reload();
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await expect(page.getByRole('button', { name: 'Remove ai/tiny' })).toHaveCount(0);
  await studio.openExampleModel();
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await page.getByRole('button', { name: 'Remove ai/tiny' }).click();
  await expect(kept).toHaveCount(0);
});

test('a gated model says how to get in, and the token is kept nowhere', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  hub.faults.token = 'hf_right';
  await fillHubForm(page, 'ai/tiny', hub.url);
  await page.getByTestId('hub-open').click();
  await expect(page.locator('[data-error="hub-unauthorized"]')).toBeVisible();
  await page.getByTestId('hub-token').fill('hf_right');
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');
  delete hub.faults.token;
  const kept = await page.evaluate(async () => {
    const stores = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    const names: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle) => {
      for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
        names.push(name);
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle);
        else stores.push(await (await (handle as FileSystemFileHandle).getFile()).slice(0, 100_000).text());
      }
    };
    await walk(await navigator.storage.getDirectory());
    return `${stores.join(' ')} ${names.join(' ')}`;
  });
  expect(kept).toContain('ai%2Ftiny');
  expect(kept).not.toContain('hf_right');
});
