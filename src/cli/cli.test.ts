import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHubServer } from '../../e2e/hub-server.ts';
import { openSafetensors } from '../files/safetensors.ts';
import { nodeFiles } from './node-files.ts';
import { createNodeGpu } from './node-gpu.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const tsx = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url));
const golden = fileURLToPath(new URL('../../interop/golden/', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** One `studio` command in a process of its own. */
const studio = (...argv: string[]): Promise<Ended> => studioIn({}, ...argv);

function studioIn(environment: Record<string, string>, ...argv: string[]): Promise<Ended> {
  const child = spawn(tsx, [main, ...argv], { env: { ...process.env, ...environment } });
  let out = '';
  let error = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    error += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, error }));
  });
}

/** Has each process say at its end how many microseconds of the processor it took. */
const saysItsTime = `--import=data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error('took', user + system); })",
)}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy of a golden run whose config is changed; gives the path of its run.json. */
async function runFile(
  name: string,
  change: (config: Record<string, Record<string, unknown>>) => void,
): Promise<string> {
  const copy = await mkdtemp(join(folder, 'run-'));
  await cp(join(golden, name), copy, { recursive: true });
  const config = JSON.parse(await readFile(join(copy, 'run.json'), 'utf8'));
  change(config);
  await writeFile(join(copy, 'run.json'), JSON.stringify(config));
  return join(copy, 'run.json');
}

/** config.json of Qwen2.5-0.5B, as published. */
const qwen = {
  architectures: ['Qwen2ForCausalLM'],
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151936,
};

test('a command whose reader stops reading, as head does, does what it was asked for all the same', async () => {
  const run = await runFile('llama-lora', (config) => {
    config.training!.max_steps = 2;
    config.environment!.executor = 'tfjs-cpu';
  });
  const out = join(folder, 'unheard');
  const child = spawn(tsx, [main, 'train', run, '--out', out]);
  let error = '';
  child.stderr.on('data', (text) => {
    error += text;
  });
  child.stdout.destroy();
  expect(await new Promise((resolve) => child.on('close', resolve)), error).toBe(0);
  expect(JSON.parse(await readFile(join(out, 'outcome.json'), 'utf8'))).toMatchObject({ reason: 'finished', step: 2 });
});

describe('studio plan', () => {
  test('needs config.json alone and prints the sheet of a 0.5B model quickly', async () => {
    const model = join(folder, 'qwen');
    await mkdir(model);
    await writeFile(join(model, 'config.json'), JSON.stringify(qwen));
    const run = join(folder, 'plan.json');
    await writeFile(run, JSON.stringify({ model: { llm_backbone: './qwen' }, training: { grad_accumulation: 3 } }));
    const timed = { NODE_OPTIONS: saysItsTime };
    const { code, out, error } = await studioIn(timed, 'plan', run, '--json', '--profile', 'portable');
    expect(code).toBe(0);
    const sheet = JSON.parse(out);
    expect(sheet).toMatchObject({ totalParameters: 494_303_104, trainedParameters: 270_336, microStepsPerStep: 3 });
    for (const key of ['dispatchesPerStep', 'dispatchesPerLayer', 'submitsPerStep', 'flops', 'bytesMoved']) {
      expect(sheet[key], key).toBeGreaterThan(0);
    }
    const kinds = Object.values(sheet.peakByKind as Record<string, number>);
    expect(sheet.peakBytes).toBe(kinds.reduce((sum, bytes) => sum + bytes, 0));
    // bf16 weights, kept as published.
    expect(sheet.peakByKind.weight).toBeGreaterThan(2 * 494_000_000);
    expect(sheet.largestBinding).toBeLessThanOrEqual(128 * 2 ** 20);
    expect(sheet.flops / sheet.flopsAnalytic).toBeGreaterThan(0.9);
    expect(sheet.flops / sheet.flopsAnalytic).toBeLessThan(1.1);
    expect(sheet.bytesMoved).toBeGreaterThan(sheet.bytesMovedMinimum);
    expect(sheet.peakBytes / sheet.peakBytesLowerBound).toBeLessThan(1.1);
    const { kinds: ofDispatch } = sheet as { kinds: { dispatches: number; flops: number }[] };
    expect(ofDispatch.reduce((sum, { dispatches }) => sum + dispatches, 0)).toBe(sheet.dispatchesPerStep);
    expect(ofDispatch.reduce((sum, { flops }) => sum + flops, 0)).toBeCloseTo(sheet.flops, -3);
    const took = [...error.matchAll(/^took (\d+)$/gm)].map(([, microseconds]) => Number(microseconds) / 1e6);
    expect(took.length).toBeGreaterThan(0);
    expect(
      took.reduce((sum, seconds) => sum + seconds),
      'seconds of the processor',
    ).toBeLessThan(8);
    expect((await studio('plan', run)).out).toContain('Memory on the GPU');
  });

  test('counts a head of its own that the weights hold and config.json denies', async () => {
    const run = join(folder, 'two-tables.json');
    const model = new URL('../training/session/golden/reading/llama-two-tables', import.meta.url).pathname;
    await writeFile(run, JSON.stringify({ model: { llm_backbone: model }, tokenizer: { max_length: 8 } }));
    const { code, out } = await studio('plan', run, '--json');
    expect(code).toBe(0);
    // transformers' num_parameters() of the model, the 320 of its head among them, and the adapter's.
    expect(JSON.parse(out)).toMatchObject({ totalParameters: 4560 + 448, trainedParameters: 448 });
  });
});

describe('the time that studio plan says', () => {
  test('follows from a run made on this computer, and is assumed for a profile by name', async () => {
    const own = { ATELIER_CACHE: join(folder, 'cache') };
    const run = await runFile('llama-lora', ({ training, environment }) => {
      training!.max_steps = 10;
      environment!.executor = 'tfjs-cpu';
    });
    const planned = async (...more: string[]) =>
      JSON.parse((await studioIn(own, 'plan', run, '--json', ...more)).out) as { measuredOn: string; seconds: number };
    expect((await studioIn(own, 'train', run, '--out', join(folder, 'measured'))).code).toBe(0);
    const after = await planned();
    expect(after.measuredOn).toContain('tfjs-cpu');
    const assumed = await planned('--profile', 'desktop');
    expect(assumed.measuredOn).toBeNull();
    expect(after.seconds).not.toBe(assumed.seconds);
  }, 240_000);
});

const gpu = await createNodeGpu();

/** Each command is a process that compiles TypeScript and starts an executor; the machine may have other work. */
const patience = 600_000;

const executors = gpu ? ['webgpu', 'tfjs-wasm'] : ['tfjs-wasm'];

describe.each(executors)('studio train on %s', { timeout: patience }, (executor) => {
  test('ten steps, then ten more in a fresh process, are bitwise twenty without a break, dropout on', async () => {
    const run = await runFile('qwen2-lora', ({ tuning, training }) => {
      tuning!.lora_dropout = 0.2;
      training!.shuffle = true;
    });
    const [whole, parts] = [join(folder, `whole-${executor}`), join(folder, `parts-${executor}`)];
    const ended = await studio('train', run, '--out', whole, '--executor', executor);
    expect(ended.error).not.toContain('Error');
    expect(ended.code).toBe(0);
    expect((await studio('train', run, '--out', parts, '--executor', executor, '--stop-after', '10')).code).toBe(0);
    // A slow machine saves some before, by the clock.
    expect((await readdir(join(parts, 'checkpoints'))).sort().at(-1)).toBe('step-00000010.safetensors');
    expect((await studio('train', run, '--out', parts, '--executor', executor, '--resume')).code).toBe(0);
    const weights = (out: string) => readFile(join(out, 'adapter/adapter_model.safetensors'));
    expect(await weights(parts)).toEqual(await weights(whole));
    // Each line also has the time of day.
    const metrics = async (out: string) =>
      (await readFile(join(out, 'metrics.jsonl'), 'utf8')).replace(/,"time":[\d.]+/g, '');
    expect(await metrics(parts)).toBe(await metrics(whole));
  });
});

const trainOnWasm = (run: string, out: string) => studio('train', run, '--out', out, '--executor', 'tfjs-wasm');

describe('what a run leaves', { timeout: patience }, () => {
  let out: string;
  beforeAll(async () => {
    out = join(folder, 'result');
    const run = await runFile('llama-lora', ({ training, environment }) => {
      training!.max_steps = 3;
      environment!.output_directory = '../result';
    });
    expect((await studio('train', run, '--executor', 'tfjs-wasm')).code).toBe(0);
  }, patience);

  test('a run.json that means the same where it lies', async () => {
    const again = join(folder, 'again');
    expect((await trainOnWasm(join(out, 'run.json'), again)).code).toBe(0);
    const adapterOf = (each: string) => readFile(join(each, 'adapter/adapter_model.safetensors'));
    expect(await adapterOf(again)).toEqual(await adapterOf(out));
  });

  const model = join(golden, 'llama-lora');
  const options = (executor: string) => ['--model', model, '--adapter', join(out, 'adapter'), '--executor', executor];

  test('an adapter whose logits are the same on every executor', async () => {
    const values: Float32Array[] = [];
    for (const executor of executors) {
      const file = `logits-${executor}.safetensors`;
      const { code } = await studio('logits', ...options(executor), '--ids', '5,23,15', '--out', join(folder, file));
      expect(code).toBe(0);
      const logits = await openSafetensors(nodeFiles(folder), file);
      expect(logits.tensors.get('logits')).toMatchObject({ dtype: 'F32', shape: [3, 131] });
      values.push(await logits.readFloats('logits'));
    }
    // All compute in f32: the difference is that of summation order.
    for (const other of values.slice(1)) {
      other.forEach((logit, index) => {
        expect(logit).toBeCloseTo(values[0]![index]!, 4);
      });
    }
  });

  test('a log for TensorBoard, and the same adapter again, by "export"', async () => {
    const log = join(folder, 'log');
    expect((await studio('export', 'tensorboard', '--run', out, '--out', log)).code).toBe(0);
    expect((await readdir(join(log, 'result')))[0]).toMatch(/^events\.out\.tfevents\.\d+\.atelier$/);
    const copy = join(folder, 'copy');
    expect((await studio('export', 'peft', '--run', out, '--out', copy)).code).toBe(0);
    for (const file of await readdir(join(out, 'adapter')))
      expect(await readFile(join(copy, file))).toEqual(await readFile(join(out, 'adapter', file)));
    // A run that was broken off before it wrote its adapter has it in its checkpoint.
    const broken = join(folder, 'broken-off');
    await cp(out, broken, { recursive: true, filter: (path) => path !== join(out, 'adapter') });
    const again = join(folder, 'from-checkpoint');
    expect(await studio('export', broken, '--to', 'peft', '--out', again)).toMatchObject({ code: 0 });
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'])
      expect(await readFile(join(again, file))).toEqual(await readFile(join(out, 'adapter', file)));
    const refused = await studio('export', 'adapterhub', '--run', out, '--out', join(folder, 'hub'));
    expect(refused).toMatchObject({ code: 1, error: expect.stringContaining('(export-unfit)') });
  });

  test('GGUF that is read back and answers as base and adapter, and a folder for Ollama in the prompt format of the run', async () => {
    const copy = join(folder, 'gguf');
    const { code, out: said } = await studio('export', out, '--to', 'gguf', '--out', copy, '--verify');
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('logits of 10 prompts are off by') });
    expect(said).toMatch(/model-f16\.gguf {2}[\d.]+ KiB$/m);
    expect(await readdir(copy)).toEqual(['README.md', 'model-f16.gguf']);
    const full = await studio('export', out, '--to', 'ollama', '--out', copy);
    expect(full).toMatchObject({ code: 1, error: expect.stringContaining('is not empty') });
    const ollama = join(folder, 'ollama');
    expect((await studio('export', out, '--to', 'ollama', '--out', ollama)).code).toBe(0);
    const modelfile = await readFile(join(ollama, 'Modelfile'), 'utf8');
    expect(modelfile).toContain('{{ if eq .Role "user" }}ask: {{ .Content }}\nsay: {{ else if');
  });

  test('an adapter for MLX of a run, or of its adapter and the model that this names, by "export --to"', async () => {
    const [ofRun, ofAdapter] = [join(folder, 'mlx'), join(folder, 'mlx-again')];
    expect((await studio('export', out, '--to', 'mlx', '--out', ofRun)).code).toBe(0);
    expect((await studio('export', join(out, 'adapter'), '--to', 'mlx', '--out', ofAdapter)).code).toBe(0);
    for (const file of ['adapters.safetensors', 'adapter_config.json'])
      expect(await readFile(join(ofAdapter, file))).toEqual(await readFile(join(ofRun, file)));
    const readme = await readFile(join(ofRun, 'README.md'), 'utf8');
    expect(readme).toContain('pieces = ["ask: {instruction}\\nsay: "]');
    expect(readme).not.toContain(golden);
    const config = await readFile(join(out, 'adapter/adapter_config.json'), 'utf8');
    expect(config).toMatch(/"base_model_name_or_path": "\.\/run-\w+"/);
    const refused = await studio('export', out, '--to', 'mlx', '--rank', '4', '--out', ofRun);
    expect(refused).toMatchObject({ code: 1, error: expect.stringContaining('--rank is of the target lora') });
    const unfit = await studio('export', out, '--to', 'lora', '--out', join(folder, 'lora'));
    expect(unfit).toMatchObject({ code: 1, error: expect.stringContaining('(lora-already)') });
    expect(unfit.error).toMatch(/^It can be written as peft, merged, gguf-q8, .*mlx/);
    // The run is at its end: nothing goes on from there.
    expect(unfit.error).not.toContain('cluster');
    expect(unfit.error).toContain('Take it as it is: --to peft.');
    const unread = await studio('export', out, '--to', 'mlx', '--verify', '--out', ofRun);
    expect(unread).toMatchObject({ code: 1, error: expect.stringContaining('(usage)') });
    expect(unread.error).toContain('--verify is of the targets merged, gguf-q8');
  });

  test('an adapter that answers in the prompt template it was trained with, the same on every executor', async () => {
    const question = ['--prompt', 'the bird', '--max-new-tokens', '6', '--json'];
    const ask = async (executor: string, ...more: string[]) =>
      JSON.parse((await studio('generate', ...options(executor), ...question, ...more)).out);
    const answer = await ask('tfjs-wasm');
    expect(answer.promptIds.length).toBeGreaterThan((await ask('tfjs-wasm', '--raw')).promptIds.length);
    if (gpu) expect(await ask('webgpu')).toEqual(answer);
  });

  test('an adapter for each evaluation, where the config keeps them, beside that of the end', async () => {
    const run = await runFile('llama-lora', (config) => {
      config.dataset = { ...config.dataset, validation_strategy: 'automatic', validation_size: 0.2 };
      config.training = {
        ...config.training,
        max_steps: 8,
        save_checkpoint: 'each_evaluation_epoch',
        evaluation_epochs: 0.3,
      };
      config.prediction = { max_length_inference: 4 };
    });
    const out = join(folder, 'each');
    expect((await studio('train', run, '--out', out, '--quiet')).code).toBe(0);
    const adapters = (await readdir(out)).filter((name) => name.startsWith('adapter'));
    expect(adapters.length).toBeGreaterThan(2);
    const weights = (name: string) => readFile(join(out, name, 'adapter_model.safetensors'));
    expect(await weights('adapter-8')).toEqual(await weights('adapter'));
    const other = adapters.find((name) => name !== 'adapter' && name !== 'adapter-8')!;
    expect(await weights(other)).not.toEqual(await weights('adapter'));
  });

  test('full fine-tuning leaves a whole model', async () => {
    const out = join(folder, 'full');
    const run = await runFile('qwen2-full', ({ training }) => {
      training!.max_steps = 2;
    });
    await trainOnWasm(run, out);
    const generated = await studio(
      'generate',
      '--model',
      join(out, 'model'),
      '--prompt',
      'a',
      '--executor',
      'tfjs-wasm',
    );
    expect(generated.code).toBe(0);
  });
});

describe('a model by its Hub id', { timeout: patience }, () => {
  test('is downloaded once, trained, and named in the adapter; offline the copy serves', async () => {
    const models = join(folder, 'hub');
    await cp(join(golden, 'llama-lora'), join(models, 'tiny', 'llama'), { recursive: true });
    const server = await startHubServer(models);
    const home = join(folder, 'home');
    const environment = { HF_ENDPOINT: server.url, ATELIER_CACHE: home };
    const run = await runFile('llama-lora', ({ model, training }) => {
      model!.llm_backbone = 'tiny/llama';
      training!.max_steps = 1;
    });
    const out = join(folder, 'from-hub');
    const train = ['train', run, '--out', out, '--executor', 'tfjs-wasm'];
    Object.assign(server.faults, { status: 503, statusTimes: 1 });
    const ended = await studioIn(environment, ...train);
    expect(ended.error).not.toContain('Error');
    expect(ended.error).toContain('answered 503 for tiny/llama. Trying again in 1 s.');
    expect(ended.code).toBe(0);
    const config = JSON.parse(await readFile(join(out, 'adapter/adapter_config.json'), 'utf8'));
    expect(config.base_model_name_or_path).toBe('tiny/llama');
    expect(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')).model.llm_backbone).toBe('tiny/llama');
    await server.close();
    expect((await studioIn(environment, ...train)).code).toBe(0);
    const { error } = await studioIn({ ...environment, ATELIER_CACHE: join(folder, 'elsewhere') }, ...train);
    expect(error).toContain('(hub-offline)');
  });
});

describe('bad input ends with cause, action, code and status 1', () => {
  test.each([
    ['no such file', 'path-missing', ['plan', 'nowhere.json']],
    ['a word too many', 'usage', ['plan', 'run.json', 'other.json']],
    ['no command', 'usage', ['fly']],
    ['an option that is not known', 'usage', ['plan', 'run.json', '--fast']],
    ['no folder for the run', 'usage', ['train', join(golden, 'llama-lora', 'run.json')]],
    [
      'an id outside the vocabulary',
      'usage',
      ['logits', '--model', join(golden, 'llama-lora'), '--ids', '9999', '--out', 'x'],
    ],
  ])('%s', async (_, errorCode, argv) => {
    const { code, error, out } = await studio(...argv);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toMatch(new RegExp(`Error: .+\\n.+\\n\\(${errorCode}\\)`));
  });

  test('an unknown key of the run config', async () => {
    const run = await runFile('llama-lora', (config) => {
      config.training!.learning_rat = 1;
    });
    const { code, error } = await studio('train', run, '--out', join(folder, 'unknown'));
    expect(code).toBe(1);
    expect(error).toContain('training.learning_rate');
    expect(error).toContain('(run-config-unknown-key)');
  });

  test('weights that do not fit config.json', async () => {
    const run = await runFile('llama-lora', () => {});
    const config = JSON.parse(await readFile(join(run, '../config.json'), 'utf8'));
    await writeFile(join(run, '../config.json'), JSON.stringify({ ...config, intermediate_size: 64 }));
    const { code, error } = await studio('train', run, '--out', join(folder, 'shape'));
    expect({ code, named: error.includes('(tensor-shape)') }).toEqual({ code: 1, named: true });
  });
});

test('--help lists every command and its options', async () => {
  const { code, out } = await studio('--help');
  expect(code).toBe(0);
  for (const command of ['plan', 'data', 'train', 'generate', 'logits']) expect(out).toContain(`studio ${command}`);
  expect((await studio('train', '--help')).out).toContain('--resume');
});
