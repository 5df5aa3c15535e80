/**
 * The engine on a second implementation of WebGPU: wgpu, which Firefox has, through Deno. Reference cases against the
 * float64 reference, and four trainings of the example against the same on Dawn, Chromium's implementation.
 *
 *   npm run test:wgpu -- [--all] [--steps N]
 *
 * Runs one case in eight; with --all every case. Where Deno or an adapter is missing it says so and nothing has passed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeFiles } from '../../src/cli/node-files.ts';
import { createNodeGpu } from '../../src/cli/node-gpu.ts';
import { requestDevice } from '../../src/webgpu/device.ts';
import { createWebGpuExecutor } from '../../src/webgpu/executor.ts';
import { root, Stage } from '../stage.ts';
import type { Result } from './deno.ts';
import { type Trained, type TrainingName, trainExample, trainingNames } from './trainings.ts';

/** Two compilers of one shader add up in f32 with other contractions; the bound that curves against PyTorch have. */
const tolerance = 1e-3;

const { values: options } = parseArgs({
  options: { all: { type: 'boolean' }, steps: { type: 'string', default: '6' } },
});
const steps = Number(options.steps);

const stage = new Stage('wgpu');

/** The trainings on Dawn; none where it has no adapter. */
async function trainOnDawn(): Promise<Map<TrainingName, Trained>> {
  const trained = new Map<TrainingName, Trained>();
  const gpu = await createNodeGpu();
  if (gpu === undefined) return trained;
  const folder = `${root}public/example`;
  const files = { folder: nodeFiles(folder), model: nodeFiles(`${folder}/model`) };
  for (const name of trainingNames) {
    const executor = createWebGpuExecutor(await requestDevice(gpu));
    trained.set(name, await trainExample(name, { executor, ...files, steps }));
    executor.dispose();
  }
  return trained;
}

/** What keeps Deno from running, or `undefined`. */
function denoMissing(): string | undefined {
  const { status, error, stderr } = spawnSync('npx', ['--no-install', 'deno', '--version'], denoOptions());
  if (status === 0) return undefined;
  return error?.message ?? String(stderr).trim().split('\n').at(-1) ?? 'it does not start';
}

function denoOptions() {
  // Mesa's Vulkan drivers want a runtime folder; containers and cron jobs have none.
  const runtime = process.env.XDG_RUNTIME_DIR ?? mkdtempSync(join(tmpdir(), 'atelier-gpu-'));
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, DENO_NO_UPDATE_CHECK: '1' };
  return { cwd: root, shell: process.platform === 'win32', env } as const;
}

async function runDeno(onResult: (result: Result) => void): Promise<number | null> {
  const script = fileURLToPath(new URL('deno.ts', import.meta.url));
  const flags = ['--no-check', '--allow-all', '--unstable-webgpu', '--node-modules-dir=manual', '--no-lock'];
  const settings = [options.all ? '1' : '8', String(steps)];
  const child = spawn('npx', ['--no-install', 'deno', 'run', ...flags, script, ...settings], {
    ...denoOptions(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{')) onResult(JSON.parse(line));
    else console.log(line);
  return ended;
}

/** The largest relative difference of losses and gradient norms, update by update. */
function difference(a: Trained, b: Trained): number {
  const off = (x: readonly number[], y: readonly number[]) =>
    Math.max(...x.map((value, index) => Math.abs(value / y[index]! - 1)));
  return Math.max(off(a.losses, b.losses), off(a.gradNorms, b.gradNorms));
}

const inWords = (values: readonly number[]): string => values.map((value) => value.toFixed(5)).join(' ');

function judge(name: TrainingName, result: Trained | { readonly error: string }, dawn: Trained | undefined): void {
  if ('error' in result) stage.check(name, result.error);
  else if (result.losses.length !== steps) stage.check(name, `${result.losses.length} updates instead of ${steps}`);
  else if (dawn === undefined) stage.skip(`${name}: Dawn, to compare with, has no adapter.`);
  else {
    const off = difference(result, dawn);
    const losses = `\n    wgpu ${inWords(result.losses)}\n    Dawn ${inWords(dawn.losses)}\n    off by ${off.toExponential(1)}`;
    const [own, other] = [result.stepMilliseconds, dawn.stepMilliseconds];
    const times =
      own === null || other === null
        ? ''
        : `; a step ${own.toFixed(0)} ms, on Dawn ${other.toFixed(0)} ms: ${(own / other).toFixed(2)} ×`;
    // Not "off >= tolerance": a loss that is no number must fail.
    stage.check(name, off < tolerance ? null : `more than ${tolerance} from Dawn${losses}`, `${losses}${times}`);
  }
}

const missing = denoMissing();
if (missing !== undefined) stage.skip(`Deno is not there (${missing}).`);
else {
  const dawn = await trainOnDawn();
  const cases = { right: 0, all: 0 };
  const code = await runDeno((result) => {
    if (result.kind === 'adapter') console.log(`wgpu on ${result.description}`);
    if (result.kind === 'unavailable') stage.skip(`Deno finds no adapter for WebGPU (${result.reason}).`);
    if (result.kind === 'case') {
      stage.check(result.name, result.error);
      cases.all++;
      if (result.error === null) cases.right++;
    }
    if (result.kind === 'training') judge(result.name, result, dawn.get(result.name));
  });
  console.log(`${cases.right} of ${cases.all} reference cases are right`);
  if (code !== 0) stage.check('Deno', `ended with ${code}`);
}
stage.end();
