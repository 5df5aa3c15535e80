/**
 * A model of 1.2 GB (the shape of Qwen3-0.6B, random numbers) trained in the page for three updates of one row each, with
 * LoRA on every linear layer: the losses, the seconds, and the memory of the tab. Linux, whose /proc tells the memory.
 * npx tsx bench/large-training.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { makeLargeModel } from './large-model.ts';
import { trainInPage, watchMemory, withPage } from './large-page.ts';

const steps = 3;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-training-'));
  try {
    const model = await makeLargeModel(folder);
    console.log(
      await withPage(async (page, browser) => {
        const memory = await watchMemory(browser);
        const begun = performance.now();
        await trainInPage(page, model, steps);
        const seconds = (performance.now() - begun) / 1000;
        const lines = (await metricsOf(page)).trim().split('\n');
        return { adapter: await adapterOf(page), secondsInAll: seconds.toFixed(1), ...memory(), metrics: lines };
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the run kept of its updates. No function inside of it: tsx would name that by a helper that the page lacks. */
const metricsOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const folders = [await navigator.storage.getDirectory()];
    for (const folder of folders)
      for await (const handle of folder.values()) {
        if (handle.kind === 'directory') folders.push(handle as FileSystemDirectoryHandle);
        else if (handle.name === 'metrics.jsonl') return (await (handle as FileSystemFileHandle).getFile()).text();
      }
    return '';
  });

const adapterOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const info = (await navigator.gpu.requestAdapter())?.info;
    return [info?.vendor, info?.architecture, info?.description].join(' ');
  });

await main();
