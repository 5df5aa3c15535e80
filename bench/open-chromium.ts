import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'vite';
// @ts-expect-error plain scripts shared with `npm start` and `npm test`, which run before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
// @ts-expect-error as above
import { serveFolder } from '../scripts/serve.js';
import type { Comparison, ComparisonOptions } from './compare.ts';

export interface BenchmarkPage {
  compare(options: ComparisonOptions): Promise<Comparison>;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** Chromium with the benchmark's page, built and served as the product's page is. */
export async function openChromium(): Promise<BenchmarkPage> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'));
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'bench/chromium'),
    publicDir: join(root, 'public'),
    build: { outDir: folder, emptyOutDir: true },
    logLevel: 'warn',
  });
  const { server, address } = await serveFolder(folder, 4190);
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserFlags });
  const page = await browser.newPage();
  page.on('console', (message) => console.error(message.text()));
  await page.goto(address);
  return {
    compare: (options) => page.evaluate((chosen) => window.runComparison(chosen), options),
    async close() {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
