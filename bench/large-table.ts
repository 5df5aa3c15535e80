/**
 * A CSV file of 200 MB in the page: how long until its table is there, whether the page stays live, and what memory that
 * takes. Starts the page as `npm start` does and opens it in Chromium; Linux, whose /proc tells the memory.
 * npx tsx bench/large-table.ts [--megabytes N] [--japanese]
 */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from '@playwright/test';
import { recordMainThread } from '../e2e/long-tasks.ts';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import { residentMegabytes } from './resident.ts';
import { openServedPage } from './served-page.ts';

const port = 4191;
const root = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { megabytes: { type: 'string', default: '200' }, japanese: { type: 'boolean', default: false } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'atelier-table-'));
  const file = join(folder, 'large.csv');
  await writeTable(file, Number(values.megabytes) * 1e6, values.japanese);
  const server = spawn('node', ['scripts/start.js', '--no-open', '--port', String(port)], { cwd: root });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserFlags });
  try {
    const page = await openPage(browser);
    console.log(await measure(browser, page, file));
  } finally {
    await browser.close();
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Rows of about 500 bytes, every fourth with quotes and a line break. */
async function writeTable(file: string, bytes: number, japanese: boolean): Promise<void> {
  const sentence = japanese
    ? '猫はマットの上に座り、マットは床の上にありました。'
    : 'The cat sat on the mat, and the mat on the floor. ';
  const out = createWriteStream(file);
  out.write('instruction,output\n');
  let written = 0;
  for (let row = 0; written < bytes; row++) {
    const text = `${sentence.repeat(japanese ? 6 : 9)}${row}`;
    const line = `Question ${row}?,${row % 4 === 0 ? `"${text}\n""end"""` : `"${text}"`}\n`;
    written += Buffer.byteLength(line);
    if (!out.write(line)) await new Promise<void>((done) => out.once('drain', () => done()));
  }
  out.end();
  await finished(out);
}

async function openPage(browser: Browser): Promise<Page> {
  const page = await openServedPage(browser, port);
  await page.locator('nav button').nth(2).click();
  return page;
}

async function measure(browser: Browser, page: Page, file: string) {
  const memory = await watchMemory(browser);
  const endRecording = await recordMainThread(page);
  const start = performance.now();
  await page.getByTestId('data-file').setInputFiles(file);
  await page.getByTestId('opened-data').waitFor({ timeout: 300_000 });
  const seconds = (performance.now() - start) / 1000;
  const tasks = await endRecording();
  const { before, peak } = memory();
  return {
    file: `${(statSync(file).size / 1e6).toFixed(0)} MB`,
    rows: await page.getByTestId('opened-data').locator('dd').first().textContent(),
    seconds: seconds.toFixed(1),
    longestTaskOfThePage: `${(tasks[0] ?? 0).toFixed(0)} ms`,
    memoryBefore: `${before} MB`,
    memoryAtMost: `${peak} MB`,
  };
}

/** Samples what the page's process holds, as Linux counts it. */
async function watchMemory(browser: Browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const held = () => Math.max(...pids.map(residentMegabytes));
  const before = held();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, held());
  }, 50);
  return () => {
    clearInterval(timer);
    return { before, peak: Math.max(peak, held()) };
  };
}

await main();
