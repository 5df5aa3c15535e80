/**
 * A model of 1.2 GB (the shape of Qwen3-0.6B, random numbers) merged with LoRA and written as Q8_0: from the command line
 * or in the page, against reading and writing the same bytes there, with the memory of both. Linux, whose /proc tells the memory.
 * npx tsx bench/large-export.ts [--turns 3] [--page [--no-comparison]]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from '@playwright/test';
import { build } from 'vite';
// @ts-expect-error a plain script shared with `npm start`, which runs before anything is built
import { serveFolder } from '../scripts/serve.js';
import { nodeDirectory } from '../src/cli/node-directory.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import { readPieces } from '../src/files/source.ts';
import { firstBytes, pieceBytes } from './large-copy.ts';
import { makeLargeModel } from './large-model.ts';
import { idleMemory, trainInPage, watchMemory, withPage } from './large-page.ts';
import { processorSeconds, residentMegabytes } from './resident.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      page: { type: 'boolean', default: false },
      turns: { type: 'string', default: '3' },
      'no-comparison': { type: 'boolean', default: false },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'atelier-export-'));
  try {
    const model = await makeLargeModel(folder);
    const [turns, compares] = [Number(values.turns), !values['no-comparison']];
    console.log(values.page ? await inPage(model, { turns, compares }) : await onCommandLine(folder, model, turns));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The export, the start of the program alone, and the same bytes read and written by the functions that the export uses (the
 * model's read whole, of which as many as the result has are written and flushed to the disk), in turns: a machine has other
 * things to do. Of each the shortest time counts, and the least of the processor's.
 */
async function onCommandLine(folder: string, model: string, turns: number) {
  const out = join(folder, 'out');
  const [exports, starts, copies]: [Spent[], Spent[], Spent[]] = [[], [], []];
  let [written, memory] = [0, 0];
  for (let turn = 0; turn < turns; turn++) {
    const { peak, ...spent } = await spentBy(
      ...['export', join(model, 'adapter'), '--to', 'gguf', '--type', 'q8_0', '--out', out],
    );
    exports.push(spent);
    memory = Math.max(memory, peak);
    written = statSync(join(out, 'model-q8_0.gguf')).size;
    rmSync(out, { recursive: true });
    starts.push(await spentBy('--help'));
    copies.push(await readAndWrite(model, folder, written));
  }
  const least = (all: readonly Spent[], key: keyof Spent) => Math.min(...all.map((each) => each[key]));
  const times = (all: readonly Spent[]) =>
    `${least(all, 'seconds').toFixed(1)} s, ${least(all, 'ofProcessor').toFixed(1)} s of the processor`;
  const share = (key: keyof Spent) => `${((100 * least(copies, key)) / least(exports, key)).toFixed(0)}%`;
  return {
    read: `${(statSync(join(model, 'model.safetensors')).size / 1e6).toFixed(0)} MB`,
    written: `${(written / 1e6).toFixed(0)} MB`,
    turns,
    export: times(exports),
    startAlone: times(starts),
    readingAndWriting: times(copies),
    speedOfReadingAndWriting: `${share('seconds')}, by the processor ${share('ofProcessor')}`,
    memoryAtMost: `${memory} MB`,
  };
}

interface Spent {
  readonly seconds: number;
  /** Of all threads, the kernel's work for them included. */
  readonly ofProcessor: number;
}

/** Runs the studio; `peak` is the most memory that its process held, in MB. */
async function spentBy(...argv: readonly string[]): Promise<Spent & { readonly peak: number }> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src', 'cli', 'main.ts'), ...argv], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let [peak, ofProcessor] = [0, 0];
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMegabytes(child.pid!));
    ofProcessor = Math.max(ofProcessor, processorSeconds(child.pid!));
  }, 20);
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  clearInterval(timer);
  if (code !== 0) throw new Error(`studio ended with ${code}`);
  return { seconds: (performance.now() - begun) / 1000, ofProcessor, peak };
}

async function readAndWrite(model: string, folder: string, written: number): Promise<Spent> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const [files, file] = [nodeFiles(model), 'model.safetensors'];
  const pieces = readPieces(files, file, 0, await files.size(file), pieceBytes);
  await nodeDirectory(folder).write('copy', firstBytes(pieces, written));
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begun) / 1000, ofProcessor: (user + system) / 1e6 };
}

/** The export until its file lies in the browser's storage, then the comparison that the page makes before it offers the file. */
const inPage = (model: string, { turns, compares }: { turns: number; compares: boolean }) =>
  withPage(async (page, browser) => {
    const idle = await idleMemory(browser);
    await trainInPage(page, model, 1);
    await page.locator('nav button').nth(4).click();
    await page.getByTestId('download-gguf-q8').waitFor();
    const memory = await watchMemory(browser, idle);
    const spent = await watchProcessors(browser);
    const download = page.waitForEvent('download', { timeout: 3_600_000 });
    download.catch(() => {});
    await page.getByTestId('download-gguf-q8').click();
    const written = await page.evaluate(storedDownload);
    const writing = spent();
    const memoryWhileWriting = memory();
    const compared = compares && (await download) ? { withTheComparison: text(spent()), ...memory() } : {};
    await page.close();
    console.log({ export: text(writing), memoryWhileWriting, compared });
    const copies = await copiesInPage(model, written, { turns, browser });
    const share = (key: keyof Spent) =>
      `${((100 * Math.min(...copies.map((copy) => copy[key]))) / writing[key]).toFixed(0)}%`;
    return {
      written: `${(written / 1e6).toFixed(0)} MB`,
      readingAndWriting: copies.map(text),
      speedOfReadingAndWriting: `${share('seconds')}, by the processor ${share('ofProcessor')}`,
    };
  });

const text = ({ seconds, ofProcessor }: Spent) =>
  `${seconds.toFixed(1)} s, ${ofProcessor.toFixed(1)} s of the processor`;

/** The size of the archive, once it is whole. No function inside of it: tsx would name that by a helper that the page lacks. */
async function storedDownload(): Promise<number> {
  const root = await navigator.storage.getDirectory();
  for (;;) {
    const folders = [await root.getDirectoryHandle('downloads', { create: true })];
    for (const folder of folders)
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') folders.push(handle as FileSystemDirectoryHandle);
        else if (name.endsWith('.zip')) return (await (handle as FileSystemFileHandle).getFile()).size;
      }
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** What all processes of the browser spend from here on, but the GPU's, which is the software adapter's. */
async function watchProcessors(browser: Browser): Promise<() => Spent> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const processes = processInfo.filter(({ type }) => type !== 'GPU').map(({ id }) => id);
  const all = () => processes.reduce((sum, id) => sum + processorSeconds(id), 0);
  const [begun, before] = [performance.now(), all()];
  return () => ({ seconds: (performance.now() - begun) / 1000, ofProcessor: all() - before });
}

/** The same bytes read and written in a page that does nothing else. */
async function copiesInPage(model: string, written: number, { turns, browser }: { turns: number; browser: Browser }) {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-copying-'));
  const inlineConfig = { configFile: join(root, 'vite.config.ts'), root: join(root, 'bench', 'copying') };
  await build({ ...inlineConfig, build: { outDir: folder, emptyOutDir: true }, logLevel: 'warn' });
  const { server, address } = await serveFolder(folder, 4193);
  const page = await browser.contexts()[0]!.newPage();
  await page.goto(address);
  await page.locator('input').setInputFiles(join(model, 'model.safetensors'));
  const copies: Spent[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const spent = await watchProcessors(browser);
    await page.evaluate((bytes) => window.copyChosen(bytes), written);
    copies.push(spent());
  }
  server.close();
  rmSync(folder, { recursive: true });
  return copies;
}

await main();
