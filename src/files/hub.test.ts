import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubServer, startHubServer } from '../../e2e/hub-server.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { type ByteCache, directoryCache } from './cache.ts';
import type { Directory } from './directory.ts';
import { type HubModel, openHubModel, readHubConfig, searchModels } from './hub.ts';
import type { DownloadProgress } from './hub-download.ts';
import type { Wait } from './hub-patience.ts';
import { memoryDirectory } from './memory-directory.ts';
import { openWeights } from './model-weights.ts';
import { neededFiles } from './needed-files.ts';
import { writeSafetensors } from './safetensors-write.ts';

const values = Float32Array.from({ length: 300_000 }, (_, i) => i % 977);
const weights = writeSafetensors([{ name: 'w', dtype: 'F32', shape: [values.length], data: values }]);
const contents: Record<string, Uint8Array | string> = {
  'ai/tiny/config.json': '{"model_type": "llama"}',
  'ai/tiny/tokenizer.json': '{"日本": 1}',
  'ai/tiny/model.safetensors': weights,
  'ai/tiny/README.md': 'about',
  'ai/tiny/onnx/model.onnx': 'other format',
  'ai/tiny-gpt9/config.json': '{"model_type": "gpt9"}',
};

let folder: string;
let server: HubServer;
let directory: Directory;
let cache: ByteCache;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-hub-'));
  for (const [path, data] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  }
  server = await startHubServer(folder);
  directory = memoryDirectory();
  cache = directoryCache(directory);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const patience = { stallMs: 2000, retryDelayMs: 1 };
const access = (token?: string) => ({ fetch, endpoint: server.url, token, patience });
const open = (id = 'ai/tiny', revision = 'main', token?: string) => openHubModel(id, revision, access(token), cache);
const fileRequests = () => server.requests.filter((line) => line.includes('model.safetensors'));
const expectCode = (attempt: Promise<unknown>, code: ErrorCode) => expect(attempt).rejects.toMatchObject({ code });

async function expectWhole(model: HubModel) {
  expect(Buffer.from(await model.read('model.safetensors')).equals(Buffer.from(weights))).toBe(true);
}

describe('a model on the Hub', () => {
  it('shows its files and tensors before anything large is downloaded', async () => {
    const model = await open();
    expect(model.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(await model.list()).toContainEqual({ path: 'model.safetensors', size: weights.length });
    expect((await model.list()).length).toBe(5);
    expect((await openWeights(model)).tensors.get('w')?.shape).toEqual([values.length]);
    expect(fileRequests().every((line) => / bytes=\d+-\d+$/.test(line))).toBe(true);
    expect(await model.text('tokenizer.json')).toBe('{"日本": 1}');
    await expectCode(model.read('other'), 'file-missing');
  });

  it('is downloaded with progress, read from the cache and opened again without a connection', async () => {
    const model = await open();
    const seen: DownloadProgress[] = [];
    await model.download(undefined, { onProgress: (progress) => seen.push(progress) });
    expect(seen.filter(({ phase }) => phase === 'done').map(({ path }) => path)).toEqual([
      'config.json',
      'tokenizer.json',
      'model.safetensors',
    ]);
    const received = seen.filter(({ path, phase }) => path === 'model.safetensors' && phase === 'downloading');
    expect(received.at(-1)).toMatchObject({ receivedBytes: weights.length, sizeBytes: weights.length });
    await server.close();
    const again = await open();
    await expectWhole(again);
    expect((await (await openWeights(again)).readFloats('w'))[976]).toBe(976);
    await expectCode(again.read('README.md'), 'hub-offline');
    expect((await cache.list()).map(({ path, complete }) => [path, complete])).toContainEqual(['config.json', true]);
  });

  it('goes on where the line dropped, and gives up when it brings nothing more', async () => {
    const model = await open();
    Object.assign(server.faults, { dropAfter: 500_000, dropTimes: 2 });
    await model.download(['model.safetensors']);
    const starts = fileRequests().map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1] ?? 0));
    expect(starts).toEqual([0, 500_000, 1_000_000]);
    await expectWhole(model);

    await cache.clear();
    Object.assign(server.faults, { dropAfter: 0, dropTimes: undefined });
    await expectCode(model.download(['model.safetensors'], { attempts: 3 }), 'hub-offline');
  });

  it('goes on after a reload', async () => {
    Object.assign(server.faults, { dropAfter: 700_000, dropTimes: 1 });
    const stop = new AbortController();
    const slow = { ...access(), patience: { retryDelayMs: 60_000 } };
    const waiting = (await openHubModel('ai/tiny', 'main', slow, cache)).download(['model.safetensors'], {
      signal: stop.signal,
      onProgress: ({ receivedBytes }) => receivedBytes === 700_000 && setTimeout(() => stop.abort(), 200),
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect((await cache.list())[0]).toMatchObject({ bytes: 700_000, complete: false });
    const model = await open();
    await model.download(['model.safetensors']);
    expect(fileRequests().at(-1)).toContain('bytes=700000-');
    await expectWhole(model);
  });

  it('resumes from a server without ranges as well', async () => {
    const model = await open();
    Object.assign(server.faults, { noRanges: true, dropAfter: 600_000, dropTimes: 1 });
    await model.download(['model.safetensors']);
    await expectWhole(model);
  });

  it('waits out a server that is busy, not one that refuses', async () => {
    const model = await open();
    Object.assign(server.faults, { status: 503, statusFor: /resolve/, statusTimes: 2 });
    await model.download(['model.safetensors']);
    await expectWhole(model);
    await cache.clear();
    Object.assign(server.faults, { status: 500, statusTimes: undefined });
    await expect(model.download(['model.safetensors'], { attempts: 2 })).rejects.toMatchObject({
      code: 'hub-failed',
      params: { status: 500, file: 'model.safetensors' },
    });
    Object.assign(server.faults, { status: 403 });
    const before = server.requests.length;
    await expectCode(model.download(['model.safetensors']), 'hub-forbidden');
    expect(server.requests.length).toBe(before + 1);
  });

  it('is refused when it was damaged on the way, and the copy goes', async () => {
    const model = await open();
    server.faults.corrupt = /model\.safetensors$/;
    await expectCode(model.download(['model.safetensors']), 'hash-mismatch');
    expect(await cache.list()).toEqual([]);
    delete server.faults.corrupt;
    await model.download(['model.safetensors']);
    await expectWhole(model);
  });

  it('says that the storage is full and keeps what fits', async () => {
    cache = directoryCache(memoryDirectory(10_000));
    const model = await open();
    await expectCode(model.download(['model.safetensors']), 'storage-full');
    expect(await model.text('config.json')).toContain('llama');
  });

  it('explains who may not read it', async () => {
    server.faults.token = 'hf_right';
    await expectCode(open(), 'hub-unauthorized');
    await expectCode(open('ai/tiny', 'main', 'hf_wrong'), 'hub-forbidden');
    expect((await open('ai/tiny', 'main', 'hf_right')).id).toBe('ai/tiny');
    delete server.faults.token;
    await expect(open('ai/none')).rejects.toMatchObject({ code: 'hub-not-found', params: { model: 'ai/none' } });
    await expectCode(open('ai/tiny', 'v2'), 'hub-not-found');
    await expectCode(open('../etc/passwd'), 'hub-not-found');
    await expectCode(
      openHubModel('ai/tiny', 'main', { fetch, endpoint: 'http://127.0.0.1:1', patience }, cache),
      'hub-offline',
    );
    await expectCode(openHubModel('ai/tiny', 'main', { fetch, endpoint: 'nowhere' }, cache), 'hub-offline');
  });

  it('tells of every wait, and can be broken off in each, also while it is listed', async () => {
    server.faults.answer = () => true;
    const stop = new AbortController();
    const waits: string[] = [];
    const onWait = ({ reason }: Wait) => {
      waits.push(`${reason.code} ${reason.params.host}`);
      if (waits.length === 2) stop.abort(new AppError('hub-cancelled'));
    };
    const slow = { ...access(), patience: { stallMs: 30, retryDelayMs: 1, onWait }, signal: () => stop.signal };
    await expectCode(openHubModel('ai/tiny', 'main', slow, cache), 'hub-cancelled');
    expect(waits).toEqual(Array(2).fill(`hub-stalled ${new URL(server.url).host}`));

    server.faults.answer = (path, _, response) => {
      if (path.endsWith('model.safetensors')) response.writeHead(200).write('half');
      return path.endsWith('model.safetensors');
    };
    const download = new AbortController();
    const waiting = (await open()).download(['model.safetensors'], {
      signal: download.signal,
      onProgress: () => setTimeout(() => download.abort(), 20),
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    delete server.faults.answer;
    await (await open()).download(['model.safetensors']);
  });

  it('is not read over a way that is not encrypted where the Hub is', async () => {
    const unsafe = new Response('{}');
    Object.defineProperty(unsafe, 'url', { value: 'http://elsewhere.example/config.json' });
    const other = { fetch: async () => unsafe, endpoint: 'https://hub.example', patience };
    await expectCode(readHubConfig('ai/tiny', 'main', other), 'hub-answer-wrong');
  });

  it('is found by search when its kind is supported', async () => {
    expect(await searchModels('TINY', access(), ['llama', 'qwen2'])).toMatchObject([
      { id: 'ai/tiny', modelType: 'llama', gated: false, parameters: null },
    ]);
    const filter = { language: 'ja', licence: 'apache-2.0', chat: true };
    await searchModels('TINY', access(), ['llama'], 30, filter);
    const asked = server.requests.filter((line) => line.includes('filter=ja'));
    expect(asked.map((line) => new URL(line.split(' ')[1]!, server.url).searchParams.getAll('filter'))).toEqual([
      ['transformers', 'ja', 'license:apache-2.0', 'conversational'],
      ['gguf', 'ja', 'license:apache-2.0', 'conversational'],
    ]);
    expect(await searchModels('nothing', access(), ['llama'])).toEqual([]);
    expect(await readHubConfig('ai/tiny', 'main', access())).toEqual({ model_type: 'llama' });
    server.faults.status = 502;
    await expectCode(searchModels('tiny', access(), ['llama']), 'hub-failed');
  });

  it('needs only the files that training reads', () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    expect(neededFiles(['a/config.json', 'config.json', 'pytorch_model.bin', 'model.safetensors', ...shards])).toEqual([
      'config.json',
      'model.safetensors',
    ]);
    expect(neededFiles(['model.safetensors.index.json', 'consolidated.safetensors', ...shards])).toEqual([
      'model.safetensors.index.json',
      ...shards,
    ]);
    const bins = ['pytorch_model.bin.index.json', 'pytorch_model-00001-of-00001.bin'];
    expect(neededFiles(['optimizer.bin', 'spiece.model', ...bins])).toEqual(['spiece.model', ...bins]);
    expect(neededFiles(['pytorch_model.bin', ...bins])).toEqual(['pytorch_model.bin']);
    expect(neededFiles(['weights.safetensors', 'tokenizer.json'])).toEqual(['tokenizer.json', 'weights.safetensors']);
    const sentences = ['modules.json', 'pooled/config.json', 'sentence_xlm-roberta_config.json'];
    expect(neededFiles([...sentences, 'a/b/config.json', 'a/x.json'])).toEqual(sentences);
  });
});

describe('the cache', () => {
  it('forgets one model or all of them', async () => {
    const key = (model: string) => ({ model, path: 'a b/c.bin', version: '1' });
    for (const model of ['hub/one', 'hub/two']) await cache.append(key(model), new Uint8Array(3));
    await cache.finish(key('hub/two'));
    expect(await cache.list()).toEqual([
      { ...key('hub/one'), bytes: 3, complete: false },
      { ...key('hub/two'), bytes: 3, complete: true },
    ]);
    await cache.removeModel('hub/one');
    expect((await cache.list()).length).toBe(1);
    await cache.clear();
    expect(await directory.list('')).toEqual([]);
  });
});
