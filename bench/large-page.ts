/** The page in Chromium, a model of 1.2 GB opened and trained in it, and the memory that it takes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import { rank } from './large-model.ts';
import { residentMegabytes } from './resident.ts';
import { openServedPage } from './served-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const port = 4192;

/** Opens the page, and closes it and its server after `use`. */
export async function withPage<T>(use: (page: Page, browser: Browser) => Promise<T>): Promise<T> {
  const server = spawn('node', ['scripts/start.js', '--no-open', '--port', String(port)], { cwd: root });
  // With a profile on disk: without one the browser keeps its storage in memory.
  const profile = mkdtempSync(join(tmpdir(), 'atelier-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    args: browserFlags,
  });
  try {
    return await use(await openServedPage(context, port), context.browser()!);
  } finally {
    await context.close();
    server.kill();
    rmSync(profile, { recursive: true });
  }
}

/** Opens the model and trains LoRA on every linear layer, on rows of 16 tokens. */
export async function trainInPage(page: Page, model: string, steps: number): Promise<void> {
  const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
  await page.getByTestId('model-files').setInputFiles(files.map((name) => join(model, name)));
  await page.getByTestId('opened-model').waitFor({ timeout: 120_000 });
  await page.locator('nav button').nth(2).click();
  const rows = Array.from({ length: 8 }, (_, row) => `What is ${row}?,It is ${row}.\n`).join('');
  const table = { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from(`instruction,output\n${rows}`) };
  await page.getByTestId('data-file').setInputFiles(table);
  await page.getByTestId('opened-data').waitFor({ timeout: 60_000 });
  await page.locator('nav button').nth(3).click();
  const settings = {
    dataset: { validation_strategy: 'none' },
    tokenizer: { max_length: 16 },
    training: { max_steps: steps, batch_size: 1 },
    tuning: { method: 'lora', lora_r: rank, lora_target_modules: 'all-linear' },
  };
  const run = { name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(settings)) };
  await page.getByTestId('config-file').setInputFiles(run);
  await page.getByTestId('start').click();
  await page.locator('[data-testid="run-view"][data-phase="finished"]').waitFor({ timeout: 1_200_000 });
  const trained = performance.now();
  await page.evaluate(identified);
  console.log(`hashes of the model: ${((performance.now() - trained) / 1000).toFixed(1)} s after the run`);
}

/** Until the run says which model it was made with: what hashes 1.2 GB goes on behind a short run. */
async function identified(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for (;;) {
    const folders = [root];
    for (const folder of folders)
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') folders.push(handle as FileSystemDirectoryHandle);
        else if (name === 'identity.json') return;
      }
    await new Promise((done) => setTimeout(done, 500));
  }
}

const kinds = ['renderer', 'GPU', 'browser'] as const;

/** What the processes of the page and of the GPU and the browser's own hold now, in MB, as Linux counts it. */
async function memoryOf(browser: Browser): Promise<() => number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return () =>
    kinds.map((kind) =>
      Math.max(0, ...processInfo.filter(({ type }) => type === kind).map(({ id }) => residentMegabytes(id))),
    );
}

/** Samples it from now on. `idle` is what was held when the page was opened. */
export async function watchMemory(browser: Browser, idle?: readonly number[]) {
  const held = await memoryOf(browser);
  const before = idle ?? held();
  const peak = held();
  const look = () => {
    for (const [index, now] of held().entries()) peak[index] = Math.max(peak[index]!, now);
  };
  setInterval(look, 50).unref();
  return () => Object.fromEntries(kinds.map((kind, at) => [kind, `${before[at]} MB, at most ${peak[at]} MB`]));
}

export const idleMemory = async (browser: Browser): Promise<number[]> => (await memoryOf(browser))();
