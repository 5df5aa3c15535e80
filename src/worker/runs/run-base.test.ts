import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type HubServer, startHubServer } from '../../../e2e/hub-server.ts';
import { baseMark, differingFile } from '../../files/base-mark.ts';
import { subdirectory } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { saveBase } from '../../files/run-base.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { openModel } from '../../training/session/open-model.ts';
import type { ModelSource } from '../models/messages.ts';
import type { RunOrigin } from './run-origin.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { loadModel } = await import('../models/load-model.ts');
const { adapterHandlers } = await import('../models/adapter-handlers.ts');
const { Workshop } = await import('../workshop.ts');
const { modelOf } = await import('./run-model.ts');

const golden = fileURLToPath(new URL('../../../interop/golden/llama-lora/', import.meta.url));
let folder: string;
let hub: HubServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-moved-'));
  for (const name of ['tiny', 'tiny@moved']) await cp(golden, join(folder, 'ai', name), { recursive: true });
  const weights = join(folder, 'ai/tiny@moved/model.safetensors');
  const bytes = await readFile(weights);
  await writeFile(weights, bytes.fill(1, bytes.length - 64));
  hub = await startHubServer(folder);
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

function workshop() {
  const made = new Workshop(() => {});
  vi.spyOn(made, 'storage').mockResolvedValue(memoryDirectory());
  return made;
}
const origin = (source: RunOrigin['source']): RunOrigin => ({ source, model: 'ai/tiny', table: 't', totalSteps: 9 });

test('a run on a branch that has moved gets the commit that it was made with, though the new one is open', async () => {
  const shop = workshop();
  const source: ModelSource = { kind: 'hub', id: 'ai/tiny', revision: 'main', endpoint: hub.url };
  const run = memoryDirectory();
  hub.faults.moved = false;
  const before = await loadModel(shop, source);
  await saveBase(run, before.open.files);
  const commit = before.open.files.commit!;
  expect((await modelOf(shop, run, origin(source))).source).toEqual(source);
  hub.faults.moved = true;
  shop.model = await loadModel(shop, source);
  const mark = await baseMark(before.open.files);
  expect(differingFile(mark, await baseMark(shop.model.open.files))).toBe('model.safetensors');
  const opened = await modelOf(shop, run, origin(source));
  expect(opened.source).toEqual({ ...source, revision: commit });
  expect(await baseMark(opened.open.files)).toEqual(mark);
  // Nor does a new run go on from its adapter on the other base.
  const runs = memoryDirectory();
  vi.spyOn(shop, 'runs').mockResolvedValue(runs);
  await saveBase(subdirectory(runs, 'a'), before.open.files);
  const { openRunAdapter } = adapterHandlers(shop, {} as never);
  const refused = { code: 'run-base-moved', params: { commit } };
  await expect(openRunAdapter({ runId: 'a', name: 'a', config: {} as never })).rejects.toMatchObject(refused);
  // A run of an older version, which says nothing, takes what is there.
  expect(await modelOf(shop, memoryDirectory(), origin(source))).toBe(shop.model);
});

test('the commit of a branch that has moved is asked for with the token of the open model', async () => {
  const shop = workshop();
  const source: ModelSource = { kind: 'hub', id: 'ai/tiny', revision: 'main', endpoint: hub.url };
  const run = memoryDirectory();
  hub.faults.moved = false;
  const before = await loadModel(shop, source);
  await saveBase(run, before.open.files);
  hub.faults.moved = true;
  hub.faults.token = 'secret';
  try {
    shop.model = await loadModel(shop, { ...source, token: 'secret' });
    const opened = await modelOf(shop, run, origin(source));
    expect(opened.source).toEqual({ ...source, revision: before.open.files.commit, token: 'secret' });
  } finally {
    delete hub.faults.token;
  }
});

test('a run on a folder whose files changed is refused', async () => {
  const shop = workshop();
  const run = memoryDirectory();
  const open = (name: string) => openModel(folderFiles(new URL(`file://${folder}/ai/${name}/`)));
  await saveBase(run, (await open('tiny')).files);
  const opened = async (name: string) => ({
    ...{ source: { kind: 'files', files: [] } as const, name: 'ai/tiny', open: await open(name), tokenizer: null },
  });
  const local = origin({ kind: 'local', name: 'ai/tiny' });
  shop.model = await opened('tiny');
  expect(await modelOf(shop, run, local)).toBe(shop.model);
  shop.model = await opened('tiny@moved');
  const refused = { code: 'run-base-changed', params: { model: 'ai/tiny', file: 'model.safetensors' } };
  await expect(modelOf(shop, run, local)).rejects.toMatchObject(refused);
});
