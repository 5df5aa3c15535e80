/**
 * A table of many rows on its way to the first batch: processor time of each phase, and the memory of this process beside
 * the size of the file. Linux, whose /proc tells the memory.
 * npx tsx bench/many-rows.ts [--rows N] [--csv] [--workers N]
 */
import { createWriteStream, mkdtempSync, openAsBlob, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nodeFiles } from '../src/cli/node-files.ts';
import { tokeniseProcess } from '../src/cli/tokenise.ts';
import { readTable } from '../src/data/read-table.ts';
import { parseRunConfig } from '../src/training/config/run-config.ts';
import { openRun } from '../src/training/session/fit-run.ts';
import { openModel, openTokenizer } from '../src/training/session/open-model.ts';
import { encodeAhead } from '../src/training/session/tokenise.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const example = new URL('../public/example/', import.meta.url);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '100000' },
      csv: { type: 'boolean', default: false },
      workers: { type: 'string', default: '1' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'atelier-rows-'));
  const file = join(folder, values.csv ? 'rows.csv' : 'rows.jsonl');
  try {
    await writeRows(file, Number(values.rows), values.csv);
    await measure(file, Number(values.workers));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(file: string, number_of_workers: number): Promise<void> {
  const json = JSON.parse(readFileSync(new URL('run.json', example), 'utf8'));
  const tokenizer = { ...json.tokenizer, max_length: 512 };
  const config = parseRunConfig({
    ...json,
    tokenizer,
    environment: { ...json.environment, seed: 1, number_of_workers },
  });
  const open = await openModel(nodeFiles(fileURLToPath(new URL('model/', example))));
  const opened = await openTokenizer(open.files);
  const megabytes = statSync(file).size / 1e6;
  const [before, alive] = [peakMegabytes(), aliveMegabytes()];
  console.log(`a file of ${megabytes.toFixed(0)} MB; ${before.toFixed(0)} MB held before it is read`);
  const phase = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const [start, childrenBefore] = [process.cpuUsage(), secondsOfChildren()];
    const begun = performance.now();
    const done = await work();
    const { user, system } = process.cpuUsage(start);
    const wall = (performance.now() - begun) / 1000;
    // Those that have been ended are counted once they are gone.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const children = secondsOfChildren() - childrenBefore;
    const held = peakMegabytes() - before;
    const share = (bytes: number) => (bytes / megabytes).toFixed(1);
    console.log(
      `${name}: ${((user + system) / 1e6).toFixed(1)} s of processor, ${children.toFixed(1)} s of other processes, ` +
        `${wall.toFixed(1)} s by the clock; at most ${share(held)} × the file so far` +
        `; ${share(aliveMegabytes() - alive)} × the file alive`,
    );
    return done;
  };
  const training = await phase('reading', async () => readTable(await openAsBlob(file), { fileName: file }));
  const material = { tables: { training }, tokenizer: opened };
  const encoded = await phase('encoding', () => encodeAhead({ ...material, config, open }, tokeniseProcess));
  const data = await phase('preparing', () =>
    openRun(open, config, { ...material, encoded })
      .lesson.fit(open.model, null, config)
      .prepare(),
  );
  await phase('fingerprint', () => data.fingerprint);
  await phase('first batches', () => data.train.windowAt(0, 0));
  console.log(`${data.counts.training} rows to learn from, fingerprint ${data.fingerprint.slice(0, 8)}`);
}

/** Rows of about 300 bytes. */
async function writeRows(file: string, rows: number, csv: boolean): Promise<void> {
  const out = createWriteStream(file);
  if (csv) out.write('instruction,output\n');
  for (let row = 0; row < rows; row++) {
    const instruction = `What did the cat number ${row} do on the mat?`;
    const output = `It sat there for ${row % 977} minutes. ${'Then it slept on the floor, and purred. '.repeat(4 + (row % 3))}`;
    const line = csv ? `${instruction},"${output}"\n` : `${JSON.stringify({ instruction, output })}\n`;
    if (!out.write(line)) await new Promise<void>((done) => out.once('drain', () => done()));
  }
  out.end();
  await finished(out);
}

/** Processor time of processes that this one started and that have ended, at 100 ticks a second. */
const secondsOfChildren = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
};

/** The most that this process has held, as Linux counts it. */
const peakMegabytes = (): number =>
  (Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024) / 1e6;

/** What is left of the heap and of typed arrays when what nobody holds is gone. */
function aliveMegabytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

await main();
