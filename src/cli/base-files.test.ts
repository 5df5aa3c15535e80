import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startHubServer } from '../../e2e/hub-server.ts';
import { exportResult } from './export.ts';
import { generate } from './generate.ts';
import { train } from './train.ts';

const golden = fileURLToPath(new URL('../../interop/golden/llama-lora', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-base-'));
  await cp(golden, join(folder, 'given'), { recursive: true });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Trains the golden run's first two updates; gives the arguments of its resumption. */
async function begun(change: (config: { model: object }) => void = () => {}): Promise<string[]> {
  const run = join(folder, 'given/run.json');
  const config = JSON.parse(await readFile(run, 'utf8'));
  change(config);
  await writeFile(run, JSON.stringify(config));
  const argv = [run, '--out', join(folder, 'out'), '--executor', 'tfjs-cpu', '--quiet'];
  await train([...argv, '--stop-after', '2']);
  return [...argv, '--resume'];
}

/** Other weights of the same shapes. */
async function changeWeights(model: string): Promise<void> {
  const path = join(model, 'model.safetensors');
  const bytes = await readFile(path);
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  await writeFile(
    path,
    bytes.map((byte, at) => (at >= dataStart && at % 64 === 0 ? byte ^ 1 : byte)),
  );
}

test('a run goes on, answers and is exported on the weights it was made with, and on no others', async () => {
  const resumed = await begun();
  const model = join(folder, 'given');
  const kept = await readFile(join(model, 'model.safetensors'));
  await changeWeights(model);
  const changed = { code: 'run-base-changed', params: { file: 'model.safetensors' } };
  const adapter = join(folder, 'out/adapter');
  const exported = (...argv: string[]) => exportResult([...argv, '--out', join(folder, 'exported')]);
  await expect(train(resumed)).rejects.toMatchObject(changed);
  await expect(generate(['--model', model, '--adapter', adapter, '--prompt', 'a'])).rejects.toMatchObject(changed);
  await expect(exported(join(folder, 'out'), '--to', 'merged')).rejects.toMatchObject(changed);
  await expect(exported('merged', '--model', model, '--adapter', adapter)).rejects.toMatchObject(changed);
  await writeFile(join(model, 'model.safetensors'), kept);
  await train([...resumed, '--stop-after', '3']);
});

test('a run that does not say what its base was goes on with a word, quiet or not', async () => {
  const resumed = await begun();
  await rm(join(folder, 'out/base.json'));
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  await train([...resumed, '--stop-after', '3']);
  expect(said.mock.calls.flat()).toEqual([expect.stringContaining('no base.json')]);
  said.mockClear();
  // From then on it does.
  await train([...resumed, '--stop-after', '4']);
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
});

test('of a checkpoint that cannot be used a run says why, and not to resume it', async () => {
  const [run, ...argv] = (await begun()) as [string, ...string[]];
  const config = JSON.parse(await readFile(run, 'utf8'));
  await writeFile(run, JSON.stringify({ ...config, training: { ...config.training, max_steps: 1 } }));
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  const argvAloud = argv.filter((each) => each !== '--quiet');
  const resumed = train([run, ...argvAloud]);
  await expect(resumed).rejects.toThrow('it is at step 2, and with these settings the run ends at step 1');
  expect(said.mock.calls.join('\n')).not.toContain('--resume goes on');
  said.mockRestore();
});

test('what a run before left in the folder does not pass for the result of one that broke off there', async () => {
  const [run, ...argv] = (await begun()).slice(0, -1) as [string, ...string[]];
  await changeWeights(join(folder, 'given'));
  const config = JSON.parse(await readFile(run, 'utf8'));
  await writeFile(run, JSON.stringify({ ...config, training: { ...config.training, learning_rate: 1e30 } }));
  await expect(train([run, ...argv])).rejects.toMatchObject({ code: 'loss-not-finite' });
  expect(await readdir(join(folder, 'out'))).not.toContain('adapter');
});

test('what a run had come to when it was stopped does not pass for the result of one that goes on and breaks off', async () => {
  const [run, ...argv] = (await begun()) as [string, ...string[]];
  const config = JSON.parse(await readFile(run, 'utf8'));
  // One that does not go on keeps what there is.
  await writeFile(run, JSON.stringify({ ...config, environment: { ...config.environment, seed: 99 } }));
  await expect(train([run, ...argv])).rejects.toMatchObject({ code: 'checkpoint-invalid' });
  expect(await readdir(join(folder, 'out'))).toContain('adapter');
  await writeFile(run, JSON.stringify({ ...config, training: { ...config.training, learning_rate: 1e30 } }));
  await expect(train([run, ...argv])).rejects.toMatchObject({ code: 'loss-not-finite' });
  expect(await readdir(join(folder, 'out'))).not.toContain('adapter');
});

test('a run on a model of the Hub goes on at its commit when the branch has moved', async () => {
  await cp(golden, join(folder, 'hub/ai/tiny'), { recursive: true });
  await cp(golden, join(folder, 'hub/ai/tiny@moved'), { recursive: true });
  await changeWeights(join(folder, 'hub/ai/tiny@moved'));
  const hub = await startHubServer(join(folder, 'hub'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  try {
    const named = (config: { model: object }) => Object.assign(config.model, { llm_backbone: 'ai/tiny' });
    const resumed = await begun(named);
    hub.faults.moved = true;
    await train([...resumed, '--stop-after', '4']);
    await train([
      join(folder, 'given/run.json'),
      '--out',
      join(folder, 'moved'),
      '--executor',
      'tfjs-cpu',
      '--quiet',
      '--stop-after',
      '4',
    ]);
    const losses = async (out: string) =>
      (await readFile(join(folder, out, 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).loss);
    hub.faults.moved = false;
    await train([
      join(folder, 'given/run.json'),
      '--out',
      join(folder, 'whole'),
      '--executor',
      'tfjs-cpu',
      '--quiet',
      '--stop-after',
      '4',
    ]);
    expect(await losses('out')).toEqual(await losses('whole'));
    expect(await losses('out')).not.toEqual(await losses('moved'));
  } finally {
    await hub.close();
  }
}, 60_000);
