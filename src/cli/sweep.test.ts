import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSafetensors } from '../files/safetensors.ts';
import { nodeFiles } from './node-files.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const golden = fileURLToPath(new URL('../../interop/golden/llama-lora/', import.meta.url));

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-sweep-'));
  await cp(golden, folder, { recursive: true });
  const { tuning, dataset, training, ...config } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
  const changed = {
    ...config,
    tuning: { ...tuning, init_from: '' },
    dataset: { ...dataset, validation_strategy: 'automatic', validation_size: 0.2 },
    training: { ...training, max_steps: 6, evaluation_epochs: 0.2, warmup_steps: 0, shuffle: true },
    environment: { seed: -1, executor: 'tfjs-wasm' },
    logging: { number_of_texts: 0 },
    prediction: { max_length_inference: 2 },
  };
  await writeFile(join(folder, 'run.json'), JSON.stringify(changed));
  file = await sweepFile('sweep.yaml', {
    halving: { rungs: [2, 4], keep: 0.5 },
    settings: { 'training.learning_rate': [1e-9, 1e-3], 'tuning.lora_r': [2, 4] },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sweepFile(name: string, sweep: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify({ run: 'run.json', seed: 11, ...sweep }));
  return path;
}

/** One `studio sweep`; killed, with no time to save anything, once its output says so. */
function sweep(argv: readonly string[], killAt?: RegExp): Promise<{ code: number | null; out: string; error: string }> {
  // The process itself, and not one that starts it: the next may only write there when it has ended.
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'sweep', ...argv]);
  let [out, error] = ['', ''];
  child.stderr.on('data', (text) => {
    error += text;
  });
  child.stdout.on('data', (text) => {
    out += text;
    if (killAt?.test(out)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, error }));
  });
}

/** The tensors of a run's newest checkpoint, and what its log says beside the time. */
async function stateOf(out: string, run: string) {
  const folder = join(out, run, 'checkpoints');
  const newest = (await readdir(folder)).filter((name) => /^step-\d+\.safetensors$/.test(name)).sort();
  const weights = await openSafetensors(nodeFiles(folder), newest.at(-1)!);
  const tensors: Record<string, number[]> = {};
  // Its digest is none.
  for (const name of [...weights.tensors.keys()].filter((name) => !name.startsWith('atelier.')).sort())
    tensors[name] = [...(await weights.readFloats(name))];
  const lines = (await readFile(join(out, run, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const log = lines.map((line) => ({ ...JSON.parse(line), time: 0 }));
  return { newest: newest.at(-1), tensors, log };
}

const recordOf = async (out: string) => JSON.parse(await readFile(join(out, 'sweep.json'), 'utf8'));
const withoutTime = (text: string) => text.replace(/,[\d.]+\r\n/g, '\r\n');

describe('a sweep', { timeout: 300_000 }, () => {
  test('that is killed and resumed ends bit for bit as one that was not', async () => {
    const whole = join(folder, 'whole');
    const { code, out, error } = await sweep([file, '--out', whole]);
    expect(error).not.toContain('Error');
    expect(code).toBe(0);
    expect(out).toContain('4 runs, 14 updates in all');
    expect(out).toMatch(/Best: whole\/trial-[34] \(learning_rate 0.001, lora_r [24]\), validation_loss \d/);

    const broken = join(folder, 'broken');
    // In the second run of the first rung, and in the run that goes on to the end.
    const first = await sweep([file, '--out', broken], /trial-2 .*\n/);
    expect(first.code).not.toBe(0);
    expect((await recordOf(broken)).trials.map(({ legs }: { legs: [] }) => legs.length)).toEqual([1, 0, 0, 0]);
    const again = await sweep([file, '--out', broken]);
    expect(again.error).toContain('holds a sweep already');
    await sweep([file, '--out', broken, '--resume'], /rung at step 4/);
    expect((await sweep([file, '--out', broken, '--resume'])).code).toBe(0);

    const [a, b] = [await recordOf(whole), await recordOf(broken)];
    const told = ({ trials }: typeof a) =>
      trials.map(({ values, legs }: { values: object; legs: { end: string; step: number; score: number }[] }) => [
        values,
        legs.map(({ end, step, score }) => ({ end, step, score })),
      ]);
    expect(told(b)).toEqual(told(a));
    expect(a.trials.map(({ legs }: { legs: [] }) => legs.length).sort()).toEqual([1, 1, 2, 3]);
    for (const run of ['trial-1', 'trial-2', 'trial-3', 'trial-4'])
      expect(await stateOf(broken, run)).toEqual(await stateOf(whole, run));
    const [csvA, csvB] = await Promise.all([whole, broken].map((out) => readFile(join(out, 'sweep.csv'), 'utf8')));
    expect(withoutTime(csvB!)).toBe(withoutTime(csvA!));
    // What came to its end is there to be used.
    const best = /Best: whole\/(trial-\d)/.exec(out)![1]!;
    expect(await readdir(join(whole, best, 'adapter'))).toContain('adapter_model.safetensors');

    const other = await sweepFile('other.yaml', { settings: { 'tuning.lora_r': [2, 4] } });
    expect((await sweep([other, '--out', whole, '--resume'])).error).toContain('(sweep-changed)');
  });

  test('is priced without training, and says which scores are to be compared with care', async () => {
    const unlike = await sweepFile('unlike.yaml', { settings: { 'tokenizer.max_length': [64, 128] } });
    const { code, out } = await sweep([unlike, '--plan']);
    expect(code).toBe(0);
    expect(out).toMatch(/2 runs, 12 updates in all, about /);
    expect(out).toMatch(/Memory of the largest \(run \d\): [\d.]+ [KM]iB/);
    expect(out).toContain('! Runs that differ in tokenizer.max_length are scored on other rows');
    expect((await sweep([file, '--out', join(folder, 'none'), '--resume'])).error).toContain('(sweep-missing)');
  });
});
