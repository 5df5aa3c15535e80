/** What a search finds, what it says of each model, and GGUF files of a repository. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type HubServer, startHubServer } from '../../../e2e/hub-server.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { supportedModelTypes } from '../../models/registry.ts';
import { desktop } from '../../plan/profile.ts';
import { defaultRunConfig } from '../../training/config/run-config.ts';
import { openModel, openTokenizer } from '../../training/session/open-model.ts';
import type { Workshop } from '../workshop.ts';
import { shelf } from './shelf.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
const { cacheHandlers } = await import('./cache-handlers.ts');
const { HubLine } = await import('./hub-access.ts');
const { hubHandlers } = await import('./hub-handlers.ts');
const { modelFiles } = await import('./model-files.ts');

const root = fileURLToPath(new URL('../../../', import.meta.url));
const golden = join(root, 'interop/golden');
const gguf = join(root, 'src/exports/gguf/base/golden/llama.gguf');

/** A published config.json of each type, of the tiny models that the other tests train. */
const configs = new Map<string, Record<string, unknown>>();
for (const name of readdirSync(golden)) {
  const path = join(golden, name, 'config.json');
  if (!existsSync(path)) continue;
  const config = JSON.parse(readFileSync(path, 'utf8'));
  if (!configs.has(config.model_type)) configs.set(config.model_type, config);
}

let folder: string;
let hub: HubServer;
const publish = (id: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  mkdirSync(join(folder, id), { recursive: true });
  for (const [path, data] of Object.entries(files)) writeFileSync(join(folder, id, path), data);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-hub-'));
  for (const [type, config] of configs) publish(`types/${type}`, { 'config.json': JSON.stringify(config) });
  hub = await startHubServer(folder);
});
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

const workshop = () => {
  const storage = memoryDirectory();
  return {
    hub: new HubLine(() => {}),
    storage: async () => storage,
    executors: { profile: async () => desktop },
    emit: () => {},
  } as unknown as Workshop;
};
const source = (id: string) => ({ kind: 'hub', id, revision: 'main', endpoint: hub.url }) as const;
const estimate = (id: string) =>
  hubHandlers(workshop()).estimateHubModel({ id, config: defaultRunConfig, endpoint: hub.url });

test.each(supportedModelTypes)('%s is found, with what LoRA on it needs', async (type) => {
  const { models } = await hubHandlers(workshop()).searchModels({ query: `types/${type}`, endpoint: hub.url });
  expect(models.map(({ id, modelType }) => [id, modelType])).toContainEqual([`types/${type}`, type]);
  const { parameters, peakBytes } = await estimate(`types/${type}`);
  expect(parameters).toBeGreaterThan(1000);
  expect(peakBytes).toBeGreaterThan(4 * parameters);
});

test.each([
  ['granitemoehybrid', { layer_types: ['mamba', 'attention'] }, /layers of Mamba/],
  ['deberta-v2', { conv_kernel_size: 3 }, /conv_kernel_size/],
  ['gemma3_text', { use_bidirectional_attention: true }, /use_bidirectional_attention/],
  ['lfm2', { rope_parameters: { rope_type: 'spiral', rope_theta: 10000 } }, /spiral/],
] as const)('%s that is nearly known says what is not: %j', async (type, change, named) => {
  publish(`near/${type}`, { 'config.json': JSON.stringify({ ...configs.get(type), ...change }) });
  await expect(estimate(`near/${type}`)).rejects.toThrow(named);
});

/** Numbers of parameters as published (of Granite what its shape has), of text alone (Gemma 3 without SigLIP and projector, Qwen3.5 as transformers counts its text model); new heads come on top. */
const [pooler, two] = [768 * 768 + 768, 2 * 768 + 2];
test.each([
  ['HuggingFaceTB/SmolLM2-135M-Instruct', 134515008],
  ['LiquidAI/LFM2-350M', 354483968],
  ['ibm-granite/granite-4.0-350m', 352379904],
  ['baidu/ERNIE-4.5-0.3B-PT', 360748032],
  ['HuggingFaceTB/SmolLM2-360M', 361821120],
  ['Qwen/Qwen3.5-0.8B', 752393024],
  ['LiquidAI/LFM2-1.2B', 1170340608],
  ['LGAI-EXAONE/EXAONE-4.0-1.2B', 1279391488],
  ['llm-jp/llm-jp-3-1.8b', 407896064 + 1459718144],
  ['google/gemma-3-4b-it', 4300079472 - 416866032 - 2950272],
  ['answerdotai/ModernBERT-base', 149014272 + pooler + two],
  ['microsoft/deberta-v3-base', 183831552 + pooler + two],
])('on the shelf stands %s, of %d parameters', async (id, count) => {
  const estimated = await hubHandlers(workshop()).estimateShelved({ id, config: defaultRunConfig });
  expect(estimated.parameters).toBe(count);
  expect(estimated.peakBytes).toBeGreaterThan(2 * count);
  expect(shelf.map((model) => model.id)).toContain(id);
});

test.each([2, 8])('on the shelf a larger model needs more memory and time, with room for %d GiB', async (room) => {
  const memoryBudget = room * 2 ** 30;
  const here = { ...workshop(), executors: { profile: async () => ({ ...desktop, memoryBudget }) } };
  const { estimateShelved } = hubHandlers(here as unknown as Workshop);
  const costs: { id: string; parameters: number; peakBytes: number; rowSeconds: number }[] = [];
  for (const { id, about } of shelf) {
    if (about.trainedFor !== 'reading')
      costs.push({ id, ...(await estimateShelved({ id, config: defaultRunConfig })) });
  }
  const larger = costs.flatMap((one) =>
    costs.filter(({ parameters }) => parameters > 1.2 * one.parameters).map((other) => [one, other] as const),
  );
  expect(larger.length).toBeGreaterThan(30);
  for (const [one, other] of larger) {
    expect(other.peakBytes, `${other.id} beside ${one.id}`).toBeGreaterThan(one.peakBytes);
    expect(other.rowSeconds, `${other.id} beside ${one.id}`).toBeGreaterThan(one.rowSeconds);
  }
});

test('a model that is too big says what it needs in 4 bits', async () => {
  const at = (memoryBudget: number) => {
    const executors = { profile: async () => ({ ...desktop, memoryBudget }) };
    const here = { ...workshop(), executors } as unknown as Workshop;
    return hubHandlers(here).estimateShelved({ id: 'LGAI-EXAONE/EXAONE-4.0-1.2B', config: defaultRunConfig });
  };
  const roomy = await at(8 * 2 ** 30);
  expect(roomy.fourBitBytes).toBeNull();
  const narrow = await at(2 * 2 ** 30);
  expect(narrow.peakBytes).toBe(roomy.peakBytes);
  expect(narrow.fourBitBytes).toBeLessThan(2 * 2 ** 30);
  // Whole layers are computed again, which takes longer.
  expect(narrow.rowSeconds).toBeGreaterThan(roomy.rowSeconds);
});

describe('a repository of GGUF files', () => {
  const names = ['m-Q8_0.gguf', 'm-Q5_K_M.gguf', 'm-IQ4_XS.gguf', 'mmproj-m-F16.gguf', 'm-BF16-00001-of-00002.gguf'];
  beforeAll(() => {
    publish('ai/m-GGUF', Object.fromEntries(names.map((name) => [name, new Uint8Array(100)])));
    cpSync(gguf, join(folder, 'ai/m-GGUF/m-Q4_0.gguf'));
  });

  test('is found, and shows its files, those that are not read with the reason', async () => {
    const { models } = await hubHandlers(workshop()).searchModels({ query: 'm-gguf', endpoint: hub.url });
    expect(models).toMatchObject([{ id: 'ai/m-GGUF', modelType: null }]);
    const { variants, files } = await hubHandlers(workshop()).inspectModel({ source: source('ai/m-GGUF') });
    expect(files).toEqual([]);
    expect(variants.map(({ path, type, refusal }) => [path, type, refusal?.params.reason])).toEqual([
      ['m-Q8_0.gguf', 'Q8_0', undefined],
      ['m-Q4_0.gguf', 'Q4_0', undefined],
      ...[
        ['m-BF16-00001-of-00002.gguf', null, expect.objectContaining({ text: 'it is one of several parts' })],
        ['m-IQ4_XS.gguf', 'IQ4_XS', expect.objectContaining({ values: ['IQ4_XS', expect.stringContaining('Q4_K')] })],
        ['m-Q5_K_M.gguf', 'Q5_K_M', expect.anything()],
        ['mmproj-m-F16.gguf', 'F16', expect.anything()],
      ],
    ]);
  });

  test('opens with the chosen file alone, which goes on where it was broken off', async () => {
    const here = workshop();
    const id = 'ai/m-GGUF/m-Q4_0.gguf';
    const before = hub.requests.length;
    Object.assign(hub.faults, { dropAfter: 100_000 });
    const broken = modelFiles(here, source(id)).catch((error: unknown) => error);
    const sent = () => hub.requests.slice(before);
    const resumes = () => sent().some((line) => / bytes=100000-$/.test(line));
    await expect.poll(resumes, { timeout: 20_000, interval: 20 }).toBe(true);
    here.hub.stop('model');
    expect(await broken).toMatchObject({ code: 'hub-cancelled' });
    expect((await cacheHandlers(here).cachedModels({})).models).toMatchObject([{ complete: false }]);

    delete hub.faults.dropAfter;
    const files = await modelFiles(here, source(id));
    expect(sent().at(-1)).toMatch(/m-Q4_0\.gguf bytes=[1-9]\d*-$/);
    expect(sent().filter((line) => line.includes('resolve') && !line.includes('m-Q4_0.gguf'))).toEqual([]);
    const { model } = await openModel(files);
    expect([model.modelType, files.describe()]).toEqual(['llama', id]);
    expect((await openTokenizer(files)).chatTemplate).toContain('message.content');
    const kept = `${new URL(hub.url).host}/${id}`;
    expect((await cacheHandlers(here).cachedModels({})).models).toMatchObject([{ model: kept, complete: true }]);
    await cacheHandlers(here).removeCachedModel({ model: kept });
    expect((await cacheHandlers(here).cachedModels({})).models).toEqual([]);
  });

  test('is refused where its tokenizer is not read in time, as a file from disk is', async () => {
    let tried: ReadonlyMap<string, Blob> = new Map();
    class FakeWorker {
      onmessage: (event: unknown) => void = () => {};
      postMessage({ given }: { given: { blobs: typeof tried } }) {
        tried = given.blobs;
        this.onmessage({ data: { failed: { code: 'reading-too-long', params: { file: 'm', seconds: 10 } } } });
      }
      terminate() {}
    }
    vi.stubGlobal('Worker', FakeWorker);
    const opened = modelFiles(workshop(), source('ai/m-GGUF/m-Q4_0.gguf'));
    await expect(opened).rejects.toMatchObject({ code: 'reading-too-long' });
    vi.stubGlobal('Worker', undefined);
    expect([...tried.keys()]).toEqual(expect.arrayContaining(['config.json', 'tokenizer.model']));
    expect(tried.has('model.safetensors')).toBe(false);
  });

  test('is refused by the head of the file, before the rest is fetched; without a file it names them', async () => {
    const before = hub.requests.length;
    await expect(modelFiles(workshop(), source('ai/m-GGUF/m-Q8_0.gguf'))).rejects.toMatchObject({
      code: 'gguf-invalid',
    });
    await expect(modelFiles(workshop(), source('ai/m-GGUF'))).rejects.toThrow(
      'm-Q4_0.gguf, m-Q5_K_M.gguf, m-Q8_0.gguf',
    );
    expect(hub.requests.slice(before).filter((line) => /m-Q4_0/.test(line))).toEqual([]);
  });
});
