/**
 * Tries inputs of one entry, one after the other, and tells of each that is not borne: `child.ts GROUP ENTRY SEED FROM TO`.
 * Which one it is at stands in the file that it was given open: a message could be lost with the process, and costs more
 * than many an input.
 */
import { writeSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import { entriesOf, type Group } from './entries.ts';
import { randomFrom } from './mutate.ts';

export type Fault = 'not an AppError' | 'slow' | 'memory' | 'rejection';
export type Message =
  | { readonly fault: Fault; readonly index: number; readonly what: string }
  | {
      readonly done: true;
      readonly slowest: number;
      readonly largest: number;
      readonly seconds: number;
      readonly read: number;
    };

/** Its number, as main.ts opens it. */
const placeFile = 4;

const slowSeconds = 2;
const memoryBeside = 64 * 2 ** 20;
const memoryPerByte = 8;
/** Inputs before memory counts: code is compiled and the heap grows to its usual size. */
const warmUp = 50;

const [group, name, seed, from, to] = process.argv.slice(2);
const entry = (await entriesOf(group as Group)).find((each) => each.name === name);
if (!entry) throw new Error(`there is no entry ${name}`);
const tell = (message: Message) => process.send?.(message);
// Whoever started it was ended.
process.on('disconnect', () => process.exit());

let index = Number(from);
const what = (thrown: unknown) =>
  (thrown instanceof Error
    ? `${thrown.name}: ${thrown.message}\n${thrown.stack?.split('\n').slice(1, 4).join('\n')}`
    : String(thrown)
  ).slice(0, 600);
process.on('unhandledRejection', (thrown) => tell({ fault: 'rejection', index, what: what(thrown) }));

/** Processor time, and memory at its peak, so far. */
function usage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { seconds: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS * 1024 };
}
let [slowest, largest, read] = [0, 0, 0];
const place = new Uint32Array(1);
const started = usage();
for (; index < Number(to); index++) {
  place[0] = index;
  writeSync(placeFile, place, 0, 4, 0);
  const input = entry.input(randomFrom(Math.imul(Number(seed) + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)));
  const before = usage();
  try {
    await input.run();
    read++;
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code === 'internal')
      tell({ fault: 'not an AppError', index, what: what(thrown) });
  }
  const now = usage();
  const [seconds, grown] = [now.seconds - before.seconds, now.peak - before.peak];
  slowest = Math.max(slowest, index - Number(from) < 3 ? 0 : seconds);
  if (seconds > slowSeconds) tell({ fault: 'slow', index, what: `${seconds.toFixed(1)} s of ${input.size} bytes` });
  if (index - Number(from) < warmUp) continue;
  largest = Math.max(largest, grown);
  if (grown > memoryBeside + memoryPerByte * input.size)
    tell({ fault: 'memory', index, what: `${Math.round(grown / 2 ** 20)} MiB of ${input.size} bytes` });
}
// What nobody waits for may still fail.
await new Promise((done) => setTimeout(done, 20));
tell({ done: true, slowest, largest, read, seconds: usage().seconds - started.seconds });
process.disconnect?.();
