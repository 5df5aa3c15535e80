/** Kills runs of the command line at random moments and has them go on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Chain, type CrashReport, crashChains, type Files } from './crash-chains.ts';

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

/** Runs of the command line; the kinds take turns. */
export async function crash(
  kills: number,
  seed: number,
  {
    steps = 400,
    killsOfChain = 10,
    kinds = crashKinds,
    say,
  }: { steps?: number; killsOfChain?: number; kinds?: readonly RunKind[]; say?: (line: string) => void } = {},
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-crash-'));
  const unbroken = new Map<RunKind, { files: Files; took: number }>();
  const startOf = async (kind: RunKind): Promise<{ given: string; files: Files; took: number }> => {
    const given = join(folder, kind.golden);
    if (!unbroken.has(kind)) {
      await prepare(kind, given, steps);
      const out = join(folder, `${kind.golden}-unbroken`);
      const started = performance.now();
      await ended(start(given, out, false));
      unbroken.set(kind, { files: await filesOf(out), took: performance.now() - started });
    }
    return { given, ...unbroken.get(kind)! };
  };
  const begin = async (chain: number, random: () => number): Promise<Chain> => {
    const kind = kinds[chain % kinds.length]!;
    const { given, files, took } = await startOf(kind);
    const out = join(folder, `chain-${chain}`);
    let begun = false;
    return {
      name: kind.golden,
      unbroken: files,
      async kill() {
        const drawn = random();
        const inWrite = drawn < 0.2 ? 'last' : drawn < 0.4 ? 'any' : null;
        const moment: Moment = inWrite ? { inWrite, after: 3 * random() } : { after: took * random() };
        const killed = await killedAt(start(given, out, begun), moment, out, steps);
        begun = true;
        return killed && (inWrite === null ? 'at any time' : inWrite === 'last' ? 'in the last write' : 'in a write');
      },
      async end() {
        await ended(start(given, out, true));
        const files = await filesOf(out);
        await rm(out, { recursive: true });
        return files;
      },
    };
  };
  try {
    return await crashChains(begin, { kills, seed, killsOfChain, ...(say ? { say } : {}) });
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

async function filesOf(out: string): Promise<Files> {
  const found = await readdir(out, { recursive: true, withFileTypes: true });
  const paths = found.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (path) => [relative(out, path), await readFile(path)] as const)));
}
