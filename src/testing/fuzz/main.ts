/**
 * `npm run fuzz -- [--inputs 2000] [--entry NAME] [--seed 1]`: damaged and hostile files for all that reads a stranger's.
 * Each entry has processes of its own, so that one which hangs or dies is counted and the next input tried.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault, Message } from './child.ts';
import { allEntries } from './entries.ts';

/** Processor time after which an input hangs, and time on the clock where the system does not tell that. */
const hangSeconds = 10;
const hangClockSeconds = 120;
const heapMiB = 1536;
const processes = 2;

interface Result {
  readonly name: string;
  readonly faults: { readonly fault: Fault | 'hang' | 'died'; readonly index: number; readonly what: string }[];
  slowest: number;
  largest: number;
  seconds: number;
}

/** @returns seconds of the processor; null where the system does not tell */
function processorSeconds(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Tries the inputs from one number on. @returns the number to go on with */
function attempt(result: Result, seed: number, from: number, to: number): Promise<number> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [result.name, seed, from, to].map(String), {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${heapMiB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let [index, isDone, isHung, stderr] = [from, false, false, ''];
  const clock = () => processorSeconds(child.pid!) ?? (performance.now() / 1000) * (hangSeconds / hangClockSeconds);
  let since = { index: -1, seconds: 0 };
  child.stderr!.on('data', (text) => {
    stderr = `${stderr}${text}`.slice(-4000);
  });
  child.on('message', (message: Message) => {
    if ('at' in message) index = message.at;
    else if ('fault' in message) result.faults.push(message);
    else {
      isDone = true;
      result.slowest = Math.max(result.slowest, message.slowest);
      result.largest = Math.max(result.largest, message.largest);
    }
  });
  const watch = setInterval(() => {
    const seconds = clock();
    if (since.index !== index) since = { index, seconds };
    // The first input waits for the code.
    else if (seconds - since.seconds > hangSeconds + (index === from ? hangSeconds : 0)) {
      isHung = true;
      child.kill('SIGKILL');
    }
  }, 250);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      if (isDone) return resolve(to);
      const what = `${code ?? signal}: ${stderr.trim().split('\n').slice(-6).join('\n')}`;
      result.faults.push({ fault: isHung ? 'hang' : 'died', index, what: isHung ? '' : what });
      resolve(index + 1);
    });
  });
}

async function tried(name: string, seed: number, inputs: number): Promise<Result> {
  const result: Result = { name, faults: [], slowest: 0, largest: 0, seconds: 0 };
  const started = performance.now();
  // A process that has done so many is replaced, so that what one kept is not laid to the next.
  const share = 20_000;
  for (let from = 0; from < inputs; ) from = await attempt(result, seed, from, Math.min(inputs, from + share));
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '2000' },
    entry: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const names = (await allEntries()).map(({ name }) => name).filter((name) => !values.entry || name === values.entry);
if (names.length === 0) throw new Error(`there is no entry ${values.entry}`);
const kinds = ['not an AppError', 'hang', 'died', 'slow', 'memory', 'rejection'] as const;
console.log(
  ['entry'.padEnd(22), ...kinds.map((kind) => kind.padStart(16)), 'slowest s'.padStart(10), 'MiB'.padStart(6)].join(''),
);
let failed = 0;
const waiting = [...names];
const work = async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { faults, slowest, largest } = await tried(name, Number(values.seed), Number(values.inputs));
    failed += faults.length;
    const counts = kinds.map((kind) => String(faults.filter(({ fault }) => fault === kind).length).padStart(16));
    console.log(
      [
        name.padEnd(22),
        ...counts,
        slowest.toFixed(2).padStart(10),
        String(Math.round(largest / 2 ** 20)).padStart(6),
      ].join(''),
    );
    const shown = new Map(faults.map((fault) => [`${fault.fault} ${fault.what.replace(/\d+/g, '#')}`, fault]));
    for (const { fault, index, what } of [...shown.values()].slice(0, 8))
      console.log(`  ${fault} at ${name} --seed ${values.seed}, input ${index}: ${what.replaceAll('\n', '\n    ')}`);
  }
};
await Promise.all(Array.from({ length: processes }, work));
console.log(`${names.length} entries of ${values.inputs} inputs each, seed ${values.seed}: ${failed} not borne`);
process.exitCode = failed === 0 ? 0 : 1;
