/**
 * Kills runs of the command line at random moments and has them go on; what they come to must be what an unbroken run
 * came to, bit for bit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface RunKind {
  /** A folder of interop/golden. */
  readonly golden: string;
  readonly changes: Readonly<Record<string, object>>;
}

const validation = { validation_strategy: 'automatic', validation_size: 0.2 };
const answers = { max_length_inference: 2, min_length_inference: 1 };

/** An adapter; and weights of the model itself, whose answers as published nobody can ask for later. */
export const crashKinds: readonly RunKind[] = [
  {
    golden: 'llama-lora',
    changes: { dataset: validation, prediction: answers, training: { evaluation_epochs: 20, save_checkpoint: 'last' } },
  },
  {
    golden: 'llama-full',
    changes: { dataset: validation, prediction: answers, training: { evaluation_epochs: 20, save_checkpoint: 'best' } },
  },
];

/** When a process is killed: so many milliseconds after its start, or in the write of a checkpoint (the last: of its last step). */
type Moment = { readonly after: number } | { readonly inWrite: 'any' | 'last'; readonly after: number };

export interface CrashReport {
  /** Processes that were killed while they ran, and those that had ended before their moment came. */
  readonly kills: number;
  readonly inWrites: number;
  readonly inLastWrites: number;
  readonly tooLate: number;
  /** Files that differ from those of the unbroken run, each as chain and path. */
  readonly differing: readonly string[];
  readonly compared: number;
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param killsOfChain at most so many times one run is killed, until it may end */
export async function crash(
  kills: number,
  seed: number,
  { steps = 400, killsOfChain = 10, kinds = crashKinds } = {},
): Promise<CrashReport> {
  const random = randomFrom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'atelier-crash-'));
  const report = { kills: 0, inWrites: 0, inLastWrites: 0, tooLate: 0, compared: 0, differing: [] as string[] };
  try {
    const unbroken = new Map<RunKind, { out: string; took: number }>();
    for (let chain = 0; report.kills < kills; chain++) {
      const kind = kinds[chain % kinds.length]!;
      const given = join(folder, kind.golden);
      if (!unbroken.has(kind)) {
        await prepare(kind, given, steps);
        const out = join(folder, `${kind.golden}-unbroken`);
        const started = performance.now();
        await ended(start(given, out, false));
        unbroken.set(kind, { out, took: performance.now() - started });
      }
      const { out: whole, took } = unbroken.get(kind)!;
      const out = join(folder, `chain-${chain}`);
      for (let n = 0; n < killsOfChain && report.kills < kills; n++) {
        const drawn = random();
        const inWrite = drawn < 0.2 ? 'last' : drawn < 0.4 ? 'any' : null;
        const moment: Moment = inWrite ? { inWrite, after: 3 * random() } : { after: took * random() };
        const killed = await killedAt(start(given, out, n > 0), moment, out, steps);
        if (!killed) {
          report.tooLate++;
          break;
        }
        report.kills++;
        if ('inWrite' in moment) report.inWrites++;
        if (inWrite === 'last') report.inLastWrites++;
      }
      await ended(start(given, out, true));
      for (const path of await results(whole)) {
        report.compared++;
        if ((await digestOf(join(whole, path))) !== (await digestOf(join(out, path))))
          report.differing.push(`chain ${chain} (${kind.golden}): ${path}`);
      }
      const left = (await readdir(out, { recursive: true })).filter((name) => /unfinished|\.writer$/.test(name));
      report.differing.push(...left.map((name) => `chain ${chain} (${kind.golden}): ${name} was left`));
      await rm(out, { recursive: true });
    }
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare({ golden, changes }: RunKind, given: string, steps: number): Promise<void> {
  await cp(join(root, 'interop/golden', golden), given, { recursive: true });
  const path = join(given, 'run.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, Record<string, unknown>>;
  for (const [section, values] of Object.entries(changes)) config[section] = { ...config[section], ...values };
  config.training = { ...config.training, max_steps: steps };
  config.environment = { ...config.environment, executor: 'tfjs-cpu' };
  await writeFile(path, JSON.stringify(config));
}

function start(given: string, out: string, resume: boolean): ChildProcess {
  const argv = ['src/cli/main.ts', 'train', join(given, 'run.json'), '--out', out, '--quiet'];
  // The process itself, and not one that starts it: only that one is to be killed.
  const options = ['--import', 'tsx', ...argv, ...(resume ? ['--resume'] : [])];
  return spawn(process.execPath, options, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** @throws where the process did not end well */
async function ended(child: ChildProcess): Promise<void> {
  let error = '';
  child.stderr!.on('data', (text) => {
    error += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the run ended with ${code}: ${error}`);
}

/** Whether the process was killed; false where it had ended, or its moment never came. */
async function killedAt(child: ChildProcess, moment: Moment, out: string, steps: number): Promise<boolean> {
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
  child.stderr!.resume();
  const over = gone.then(() => 'over' as const);
  if (!('inWrite' in moment)) await Promise.race([wait(moment.after), over]);
  else {
    const name = moment.inWrite === 'last' ? `step-${String(steps).padStart(8, '0')}` : '';
    while (child.exitCode === null && child.signalCode === null && !(await isWriting(out, name)))
      await Promise.race([wait(1), over]);
    await Promise.race([wait(moment.after), over]);
  }
  child.kill('SIGKILL');
  return (await gone) === 'SIGKILL';
}

async function isWriting(out: string, name: string): Promise<boolean> {
  const names = await readdir(join(out, 'checkpoints')).catch(() => []);
  return names.some((each) => each.startsWith(name) && each.endsWith('.unfinished'));
}

/** Paths of what a run comes to: curve, answers, how it ended, weights, and the checkpoint of its last step. */
async function results(out: string): Promise<string[]> {
  const paths = (await readdir(out, { recursive: true })).filter((path) => /\.(jsonl?|safetensors)$/.test(path));
  const steps = paths.filter((path) => /^checkpoints\/step-/.test(path)).sort();
  // Older checkpoints come by the clock.
  return paths.filter((path) => !steps.includes(path) || path === steps.at(-1));
}

/** Of the content without the times at which it was written. */
async function digestOf(path: string): Promise<string> {
  if (!existsSync(path)) return 'missing';
  const bytes = await readFile(path);
  // How many held-out rows are asked is a matter of the clock, too.
  const timed = /,?\s*"(time|created)": ?("[^"]*"|[\d.]+)|"heldOut": (null|\{[^}]*\{[^}]*\}[^}]*\{[^}]*\}[^}]*\})/g;
  const text = () => bytes.toString('utf8').replace(timed, '');
  return createHash('sha256')
    .update(path.endsWith('.safetensors') ? bytes : text())
    .digest('hex');
}
