/**
 * A model of 1.2 GB (the shape of Qwen3-0.6B, random numbers) merged with LoRA and written as Q8_0: from the command line
 * against reading and writing the same bytes, and in the page, with the memory of both. Linux, whose /proc tells the memory.
 * npx tsx bench/large-export.ts [--page | --turns 3]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeDirectory } from '../src/cli/node-directory.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import { readPieces } from '../src/files/source.ts';
import { makeLargeModel } from './large-model.ts';
import { trainInPage, watchMemory, withPage } from './large-page.ts';
import { processorSeconds, residentMegabytes } from './resident.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { page: { type: 'boolean', default: false }, turns: { type: 'string', default: '3' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'atelier-export-'));
  try {
    const model = await makeLargeModel(folder);
    console.log(values.page ? await inPage(model) : await onCommandLine(folder, model, Number(values.turns)));
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
  const share = (key: keyof Spent) => `${((100 * least(copies, key)) / least(exports, key)).toFixed(0)} %`;
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
  async function* copied() {
    let left = written;
    for await (const piece of readPieces(files, file, 0, await files.size(file), 1 << 22)) {
      if (left > 0) yield piece.subarray(0, left);
      left -= piece.length;
    }
  }
  await nodeDirectory(folder).write('copy', copied());
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begun) / 1000, ofProcessor: (user + system) / 1e6 };
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
