/** Tries inputs of one entry, one after the other, and tells of each that is not borne: `child.ts ENTRY SEED FROM TO`. */
import { AppError } from '../../errors.ts';
import { allEntries } from './entries.ts';
import { randomFrom } from './mutate.ts';

export type Fault = 'not an AppError' | 'slow' | 'memory' | 'rejection';
export type Message =
  | { readonly at: number }
  | { readonly fault: Fault; readonly index: number; readonly what: string }
  | { readonly done: true; readonly slowest: number; readonly largest: number };

const slowSeconds = 2;
const memoryBeside = 64 * 2 ** 20;
const memoryPerByte = 8;
/** Inputs before memory counts: code is compiled and the heap grows to its usual size. */
const warmUp = 50;

const [name, seed, from, to] = process.argv.slice(2);
const entry = (await allEntries()).find((each) => each.name === name);
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

const peak = () => process.resourceUsage().maxRSS * 1024;
let [slowest, largest] = [0, 0];
for (; index < Number(to); index++) {
  tell({ at: index });
  const input = entry.input(randomFrom(Math.imul(Number(seed) + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)));
  const before = { cpu: process.cpuUsage(), peak: peak() };
  try {
    await input.run();
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code === 'internal')
      tell({ fault: 'not an AppError', index, what: what(thrown) });
  }
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (user + system) / 1e6;
  const grown = peak() - before.peak;
  slowest = Math.max(slowest, index - Number(from) < 3 ? 0 : seconds);
  if (seconds > slowSeconds) tell({ fault: 'slow', index, what: `${seconds.toFixed(1)} s of ${input.size} bytes` });
  if (index - Number(from) < warmUp) continue;
  largest = Math.max(largest, grown);
  if (grown > memoryBeside + memoryPerByte * input.size)
    tell({ fault: 'memory', index, what: `${Math.round(grown / 2 ** 20)} MiB of ${input.size} bytes` });
}
// What nobody waits for may still fail.
await new Promise((done) => setTimeout(done, 20));
tell({ done: true, slowest, largest });
process.disconnect?.();
