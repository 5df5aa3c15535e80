/**
 * A model of 1.2 GB (the shape of Qwen3-0.6B, random numbers) merged with LoRA and written as Q8_0: from the command line
 * against a plain copy of the same bytes, and in the page, with the memory of both. Linux, whose /proc tells the memory.
 * npx tsx bench/large-export.ts [--page]
 */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeLargeModel } from './large-model.ts';
import { trainInPage, watchMemory, withPage } from './large-page.ts';
import { residentMegabytes } from './resident.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { page: { type: 'boolean', default: false } } });
  const folder = mkdtempSync(join(tmpdir(), 'atelier-export-'));
  try {
    const model = await makeLargeModel(folder);
    console.log(values.page ? await inPage(model) : await onCommandLine(folder, model));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function onCommandLine(folder: string, model: string) {
  const out = join(folder, 'out');
  const begun = performance.now();
  const { peak } = await peakOf(['export', join(model, 'adapter'), '--to', 'gguf', '--type', 'q8_0', '--out', out]);
  const seconds = (performance.now() - begun) / 1000;
  const weights = join(model, 'model.safetensors');
  const [read, written] = [statSync(weights).size, statSync(join(out, 'model-q8_0.gguf')).size];
  const copyBegun = performance.now();
  await pipeline(createReadStream(weights, { highWaterMark: 1 << 22 }), async (chunks) => {
    for await (const _ of chunks);
  });
  await pipeline(
    createReadStream(weights, { end: written - 1, highWaterMark: 1 << 22 }),
    createWriteStream(join(folder, 'copy')),
  );
  const copySeconds = (performance.now() - copyBegun) / 1000;
  return {
    read: `${(read / 1e6).toFixed(0)} MB`,
    written: `${(written / 1e6).toFixed(0)} MB`,
    seconds: seconds.toFixed(1),
    secondsOfReadingAndWriting: copySeconds.toFixed(1),
    memoryAtMost: `${peak} MB`,
  };
}

/** Runs the studio, and the most memory that its process held. */
async function peakOf(argv: readonly string[]): Promise<{ peak: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src', 'cli', 'main.ts'), ...argv], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMegabytes(child.pid!));
  }, 50);
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  clearInterval(timer);
  if (code !== 0) throw new Error(`studio ended with ${code}`);
  return { peak };
}

const inPage = (model: string) =>
  withPage(async (page, browser) => {
    await trainInPage(page, model, 1);
    await page.locator('nav button').nth(4).click();
    await page.getByTestId('download-gguf-q8').waitFor();
    const memory = await watchMemory(browser);
    const begun = performance.now();
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 1_800_000 }),
      page.getByTestId('download-gguf-q8').click(),
    ]);
    const seconds = (performance.now() - begun) / 1000;
    const memories = memory();
    const written = statSync(await download.path()).size;
    return { written: `${(written / 1e6).toFixed(0)} MB`, secondsWithTheComparison: seconds.toFixed(1), ...memories };
  });

await main();
