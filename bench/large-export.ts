/**
 * A model of 1.2 GB (the shape of Qwen3-0.6B, random numbers) merged with LoRA and written as Q8_0: from the command line
 * against a plain copy of the same bytes, and in the page, with the memory of both. Linux, whose /proc tells the memory.
 * npx tsx bench/large-export.ts [--page]
 */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from '@playwright/test';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import { f32ToBytes } from '../src/files/half.ts';
import { streamSafetensors, type TensorToStream } from '../src/files/safetensors-write.ts';
import { modelFromConfig } from '../src/models/registry.ts';
import { residentMegabytes } from './resident.ts';
import { openServedPage } from './served-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'public', 'example', 'model');
const port = 4192;
const rank = 8;

const config = {
  ...{ architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', torch_dtype: 'bfloat16', vocab_size: 151_936 },
  ...{ hidden_size: 1024, intermediate_size: 3072, num_hidden_layers: 28, num_attention_heads: 16, head_dim: 128 },
  ...{ num_key_value_heads: 8, max_position_embeddings: 40_960, rope_theta: 1_000_000, rms_norm_eps: 1e-6 },
  ...{ hidden_act: 'silu', attention_bias: false, tie_word_embeddings: true, eos_token_id: 0, pad_token_id: 1 },
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { page: { type: 'boolean', default: false } } });
  const folder = mkdtempSync(join(tmpdir(), 'atelier-export-'));
  try {
    const model = await makeModel(folder);
    console.log(values.page ? await inPage(model) : await onCommandLine(folder, model));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A folder of the model and, in `adapter`, LoRA on every linear layer as PEFT writes it. */
async function makeModel(folder: string): Promise<string> {
  const model = join(folder, 'model');
  const adapter = join(model, 'adapter');
  mkdirSync(adapter, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(example, name), join(model, name));
  writeFileSync(join(model, 'config.json'), JSON.stringify(config));
  const { parameters } = modelFromConfig(config);
  const weights = parameters.map(({ name, shape }): TensorToStream => ({ name, shape, ...random(shape, 0.03) }));
  await save(join(model, 'model.safetensors'), streamSafetensors(weights, { format: 'pt' }));
  const matrices = parameters.filter(({ role }) => role === 'linear');
  const halves = matrices.flatMap(({ name, shape }): TensorToStream[] => {
    const path = `base_model.model.${name.replace(/\.weight$/, '')}`;
    const [rows, columns] = shape as [number, number];
    const part = (end: string, sizes: readonly number[]) => ({
      ...{ name: `${path}.${end}.weight`, shape: sizes },
      ...random(sizes, 0.02),
    });
    return [part('lora_A', [rank, columns]), part('lora_B', [rows, rank])];
  });
  await save(join(adapter, 'adapter_model.safetensors'), streamSafetensors(halves, { format: 'pt' }));
  const modules = [...new Set(matrices.map(({ module }) => module.split('.').at(-1)!))];
  const peft = { peft_type: 'LORA', task_type: 'CAUSAL_LM', r: rank, lora_alpha: 2 * rank, target_modules: modules };
  writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify({ ...peft, base_model_name_or_path: model }));
  return model;
}

/** One block of numbers again and again: what is timed does not look at them. */
const block = Float32Array.from({ length: 1 << 20 }, () => Math.random() + Math.random() + Math.random() - 1.5);

function random(shape: readonly number[], size: number): Pick<TensorToStream, 'dtype' | 'data'> {
  const count = shape.reduce((product, each) => product * each, 1);
  const data = () => {
    const values = new Float32Array(count);
    for (let at = 0; at < count; at += block.length)
      values.set(block.subarray(0, Math.min(block.length, count - at)), at);
    return f32ToBytes(
      values.map((value) => value * size),
      'BF16',
    );
  };
  return { dtype: 'BF16', data };
}

const save = (path: string, parts: AsyncIterable<Uint8Array>): Promise<void> =>
  pipeline(parts, createWriteStream(path));

async function onCommandLine(folder: string, model: string) {
  const out = join(folder, 'out');
  const begun = performance.now();
  const { peak } = await peakOf(['export', join(model, 'adapter'), '--to', 'gguf', '--type', 'q8_0', '--out', out]);
  const seconds = (performance.now() - begun) / 1000;
  const weights = join(model, 'model.safetensors');
  const [read, written] = [statSync(weights).size, statSync(join(out, 'model-q8_0.gguf')).size];
  const copyBegun = performance.now();
  await pipeline(createReadStream(weights, { highWaterMark: 1 << 22 }), async (chunks) => {
    for await (const _ of chunks);
  });
  await pipeline(
    createReadStream(weights, { end: written - 1, highWaterMark: 1 << 22 }),
    createWriteStream(join(folder, 'copy')),
  );
  const copySeconds = (performance.now() - copyBegun) / 1000;
  return {
    read: `${(read / 1e6).toFixed(0)} MB`,
    written: `${(written / 1e6).toFixed(0)} MB`,
    seconds: seconds.toFixed(1),
    secondsOfReadingAndWriting: copySeconds.toFixed(1),
    memoryAtMost: `${peak} MB`,
  };
}

/** Runs the studio, and the most memory that its process held. */
async function peakOf(argv: readonly string[]): Promise<{ peak: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src', 'cli', 'main.ts'), ...argv], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMegabytes(child.pid!));
  }, 50);
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  clearInterval(timer);
  if (code !== 0) throw new Error(`studio ended with ${code}`);
  return { peak };
}

async function inPage(model: string) {
  const server = spawn('node', ['scripts/start.js', '--no-open', '--port', String(port)], { cwd: root });
  // With a profile on disk: without one the browser keeps its storage in memory.
  const profile = mkdtempSync(join(tmpdir(), 'atelier-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    args: browserFlags,
  });
  try {
    const page = await openServedPage(context, port);
    await trainOneStep(page, model);
    const memory = await watchMemory(context.browser()!);
    const begun = performance.now();
    const [download] = await Promise.all([
      page.waitForEvent('download', { timeout: 1_800_000 }),
      page.getByTestId('download-gguf-q8').click(),
    ]);
    const seconds = (performance.now() - begun) / 1000;
    const memories = memory();
    const written = statSync(await download.path()).size;
    return { written: `${(written / 1e6).toFixed(0)} MB`, secondsWithTheComparison: seconds.toFixed(1), ...memories };
  } finally {
    await context.close();
    server.kill();
    rmSync(profile, { recursive: true });
  }
}

async function trainOneStep(page: Page, model: string): Promise<void> {
  const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
  await page.getByTestId('model-files').setInputFiles(files.map((name) => join(model, name)));
  await page.getByTestId('opened-model').waitFor({ timeout: 120_000 });
  await page.locator('nav button').nth(2).click();
  const rows = Array.from({ length: 8 }, (_, row) => `What is ${row}?,It is ${row}.\n`).join('');
  const table = { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from(`instruction,output\n${rows}`) };
  await page.getByTestId('data-file').setInputFiles(table);
  await page.getByTestId('opened-data').waitFor({ timeout: 60_000 });
  await page.locator('nav button').nth(3).click();
  const settings = {
    dataset: { validation_strategy: 'none' },
    tokenizer: { max_length: 16 },
    training: { max_steps: 1, batch_size: 1 },
    tuning: { method: 'lora', lora_r: rank, lora_target_modules: 'all-linear' },
  };
  const run = { name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(settings)) };
  await page.getByTestId('config-file').setInputFiles(run);
  await page.getByTestId('start').click();
  await page.locator('[data-testid="run-view"][data-phase="finished"]').waitFor({ timeout: 1_200_000 });
  await page.locator('nav button').nth(4).click();
  await page.getByTestId('download-gguf-q8').waitFor();
}

/** Samples what the processes of the page and of the GPU hold, as Linux counts it. */
async function watchMemory(browser: Browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const held = (type: string) =>
    Math.max(0, ...processInfo.filter((each) => each.type === type).map(({ id }) => residentMegabytes(id)));
  const kinds = ['renderer', 'GPU', 'browser'] as const;
  const before = kinds.map(held);
  const peak = [...before];
  const look = () => {
    for (const [index, kind] of kinds.entries()) peak[index] = Math.max(peak[index]!, held(kind));
  };
  const timer = setInterval(look, 50);
  return () => {
    clearInterval(timer);
    return Object.fromEntries(kinds.map((kind, index) => [kind, `${before[index]} MB, at most ${peak[index]} MB`]));
  };
}

await main();
