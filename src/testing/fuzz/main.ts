/**
 * `npm run fuzz -- [--inputs 2000] [--entry NAME,NAME] [--seed 1] [--processes 2]`: damaged and hostile files for all that reads a stranger's.
 * Each entry has processes of its own, so that one which hangs or dies is counted and the next input tried.
 */
import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault, Message } from './child.ts';
import { entriesOf, type Group, groupNames } from './entries.ts';

/** Processor time after which an input hangs, and time on the clock where the system does not tell that. */
const hangSeconds = 10;
const hangClockSeconds = 120;
/** Time on the clock after which one hangs that waits for something and takes no processor time. */
const idleSeconds = 60;
const heapMiB = 1536;

interface Result {
  readonly group: Group;
  readonly name: string;
  readonly faults: {
    readonly fault: Fault | 'hang' | 'died' | 'all refused';
    readonly index: number;
    readonly what: string;
  }[];
  slowest: number;
  largest: number;
  /** Inputs that were read as if nothing were wrong with them. */
  read: number;
  seconds: number;
}

/** Processor time so far, and whether it sleeps; null where the system does not tell. */
function stateOf(pid: number): { readonly seconds: number; readonly sleeps: boolean } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return { seconds: (Number(fields[11]) + Number(fields[12])) / 100, sleeps: fields[0] === 'S' };
  } catch {
    return null;
  }
}

/** Tries the inputs from one number on. @returns the number to go on with */
function attempt(result: Result, seed: number, from: number, to: number): Promise<number> {
  const place = openSync(join(folder, result.name), 'w+');
  const child = fork(join(import.meta.dirname, 'child.ts'), [result.group, result.name, seed, from, to].map(String), {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${heapMiB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', place],
  });
  let [isDone, isHung, stderr] = [false, false, ''];
  const at = () => {
    const index = new Uint32Array(1);
    return readSync(place, index, 0, 4, 0) === 4 ? index[0]! : from;
  };
  let since = { index: -1, seconds: 0 };
  let busy = { seconds: -1, at: 0 };
  child.stderr!.on('data', (text) => {
    stderr = `${stderr}${text}`.slice(-4000);
  });
  child.on('message', (message: Message) => {
    if ('fault' in message) result.faults.push(message);
    else {
      isDone = true;
      result.slowest = Math.max(result.slowest, message.slowest);
      result.largest = Math.max(result.largest, message.largest);
      result.read += message.read;
      result.seconds += message.seconds;
    }
  });
  const watch = setInterval(() => {
    const now = performance.now() / 1000;
    const { seconds, sleeps } = stateOf(child.pid!) ?? {
      seconds: now * (hangSeconds / hangClockSeconds),
      sleeps: false,
    };
    const index = at();
    if (since.index !== index) since = { index, seconds };
    if (seconds !== busy.seconds || !sleeps) busy = { seconds, at: now };
    // The first input waits for the code.
    const most = hangSeconds + (index === from ? hangSeconds : 0);
    if (seconds - since.seconds <= most && now - busy.at <= idleSeconds) return;
    isHung = true;
    child.kill('SIGKILL');
  }, 250);
  return new Promise((resolve) => {
    // Not 'exit', which may come before the last messages.
    child.on('close', (code, signal) => {
      clearInterval(watch);
      const index = at();
      closeSync(place);
      if (isDone) return resolve(to);
      const what = `${code ?? signal}: ${stderr.trim().split('\n').slice(-6).join('\n')}`;
      result.faults.push({ fault: isHung ? 'hang' : 'died', index, what: isHung ? '' : what });
      resolve(index + 1);
    });
  });
}

async function tried(group: Group, name: string, seed: number, inputs: number): Promise<Result> {
  const result: Result = { group, name, faults: [], slowest: 0, largest: 0, read: 0, seconds: 0 };
  // A process that has done so many is replaced, so that what one kept is not laid to the next.
  const share = 20_000;
  for (let from = 0; from < inputs; ) from = await attempt(result, seed, from, Math.min(inputs, from + share));
  // One that refuses all is itself at fault: it comes to nothing that could fail.
  if (inputs >= 500 && result.read === 0) result.faults.push({ fault: 'all refused', index: 0, what: '' });
  return result;
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '2000' },
    entry: { type: 'string' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '2' },
  },
});
const asked = values.entry?.split(',');
const all = await Promise.all(
  groupNames.map(async (group) => (await entriesOf(group)).map(({ name }) => ({ group, name }))),
);
const entries = all.flat().filter(({ name }) => asked?.includes(name) ?? true);
const strange = asked?.find((each) => !entries.some(({ name }) => name === each));
if (strange !== undefined) throw new Error(`there is no entry ${strange}`);
const inputs = Number(values.inputs);
const kinds = ['not an AppError', 'hang', 'died', 'slow', 'memory', 'rejection', 'all refused'] as const;
console.log(
  [
    ...['entry'.padEnd(22), 'inputs'.padStart(8), ...kinds.map((kind) => kind.padStart(16))],
    ...['read %'.padStart(8), 'slowest s'.padStart(10), 'MiB'.padStart(6), 'inputs/s'.padStart(10)],
  ].join(''),
);
const folder = mkdtempSync(join(tmpdir(), 'atelier-fuzz-'));
let failed = 0;
const waiting = [...entries];
const work = async () => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { name, faults, slowest, largest, read, seconds } = await tried(
      next.group,
      next.name,
      Number(values.seed),
      inputs,
    );
    failed += faults.length;
    const counts = kinds.map((kind) => String(faults.filter(({ fault }) => fault === kind).length).padStart(16));
    // Of the processor's time; that of a process which died is not known.
    const rate = faults.some(({ fault }) => fault === 'hang' || fault === 'died') ? '' : (inputs / seconds).toFixed(0);
    console.log(
      [
        ...[name.padEnd(22), String(inputs).padStart(8), ...counts, ((100 * read) / inputs).toFixed(1).padStart(8)],
        slowest.toFixed(2).padStart(10),
        ...[String(Math.round(largest / 2 ** 20)).padStart(6), rate.padStart(10)],
      ].join(''),
    );
    const shown = new Map(faults.map((fault) => [`${fault.fault} ${fault.what.replace(/\d+/g, '#')}`, fault]));
    for (const { fault, index, what } of [...shown.values()].slice(0, 8))
      console.log(`  ${fault} at ${name} --seed ${values.seed}, input ${index}: ${what.replaceAll('\n', '\n    ')}`);
  }
};
await Promise.all(Array.from({ length: Number(values.processes) }, work));
rmSync(folder, { recursive: true });
console.log(`${entries.length} entries of ${inputs} inputs each, seed ${values.seed}: ${failed} not borne`);
process.exitCode = failed === 0 ? 0 : 1;
