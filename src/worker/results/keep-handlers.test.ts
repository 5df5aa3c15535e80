import { unzipSync, zipSync } from 'fflate';
import { expect, test, vi } from 'vitest';
import { AppError } from '../../errors.ts';
import { readText, subdirectory, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { saveBase } from '../../files/run-base.ts';
import { baseFile } from '../../files/runs.ts';
import type { Bytes } from '../../files/source.ts';
import type { Weights } from '../../files/weights.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainedFiles } from '../../testing/written.ts';
import { createTraining } from '../../training/run/trainer.ts';
import { openGiven } from '../given/open-given.ts';
import { saveOrigin } from '../runs/run-origin.ts';
import { Workshop } from '../workshop.ts';
import { adapterOfRun } from './adapter-of-run.ts';
import { DownloadStorage } from './download-storage.ts';
import { keepHandlers } from './keep-handlers.ts';

// Modules of the worker ask where they lie and what they run on.
vi.hoisted(() => {
  vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
  vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
});

const source = { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: '' } as const;

/** The same tensors; the names of those that are read come into `read`. */
function counted(weights: Weights): { weights: Weights; read: string[] } {
  const read: string[] = [];
  const noted =
    <A extends unknown[], T>(reader: (name: string, ...rest: A) => T) =>
    (name: string, ...rest: A): T => {
      read.push(name);
      return reader(name, ...rest);
    };
  const { readTensor, readFloats, streamTensor } = weights;
  return {
    read,
    weights: {
      ...weights,
      readTensor: noted(readTensor),
      readFloats: noted(readFloats),
      streamTensor: noted(streamTensor),
    },
  };
}

/** A run of three updates that ended in an earlier visit, and its model open on the page. */
async function endedRun(name: string) {
  const run = memoryDirectory();
  const golden = await goldenRun(name, { training: { max_steps: 3 } });
  const training = createTraining({ ...golden, executor: referenceExecutor(), run: subdirectory(run, 'one') });
  await training.start();
  await saveOrigin(subdirectory(run, 'one'), { source, model: 'model', table: 't.csv', totalSteps: 3 });
  const workshop = new Workshop(() => {});
  vi.spyOn(workshop, 'runs').mockResolvedValue(run);
  const executor = vi.spyOn(workshop.executors, 'executor');
  const { weights, read } = counted(golden.open.weights);
  workshop.model = { source, name: 'model', open: { ...golden.open, weights }, tokenizer: golden.tokenizer };
  return { workshop, training, executor, read };
}

test.each([
  ['llama-lora', 'peft'],
  ['llama-p-tuning', 'peft'],
  ['gpt2-series', 'adapterhub'],
  ['llama-full', 'changed'],
] as const)('%s: taking away what an ended run trained loads nothing of its base', async (name, target) => {
  const { workshop, training, executor, read } = await endedRun(name);
  const { fileName, blob } = await keepHandlers(workshop).download({ runId: 'one', target });
  expect(fileName).toMatch(/^model-t-(adapter|weights)\.zip$/);
  expect(executor).not.toHaveBeenCalled();
  expect(workshop.active).toBeNull();
  expect(read).toEqual([]);
  const expected = await trainedFiles(training.model, 'owner/model');
  const files = unzipSync(new Uint8Array(await blob.arrayBuffer()));
  const named = (await expected.list()).map(({ path }) => path);
  expect(Object.keys(files).sort()).toEqual(named.sort());
  const readme = new TextDecoder().decode(files['README.md']);
  expect(readme).toContain('Fingerprint of the training rows as tokens');
  // Of these the test gives no run.
  for (const path of named) if (path !== 'README.md') expect(files[path]).toEqual(await expected.read(path));
});

test('where the storage has no room a download is made in memory, whole', async () => {
  const { workshop } = await endedRun('llama-lora');
  vi.spyOn(DownloadStorage.prototype, 'isThere').mockResolvedValue(true);
  const write = vi.spyOn(DownloadStorage.prototype, 'write').mockImplementation(async (_, parts) => {
    for await (const part of parts) if (part.length > 0) throw new AppError('storage-full', { bytes: part.length });
    throw new Error('nothing was written');
  });
  const { blob } = await keepHandlers(workshop).download({ runId: 'one', target: 'peft' });
  expect(write).toHaveBeenCalled();
  vi.restoreAllMocks();
  expect(Object.keys(unzipSync(new Uint8Array(await blob.arrayBuffer())))).toContain('adapter_model.safetensors');
});

test('nothing is written over a folder of the same name that holds another model', async () => {
  const { workshop } = await endedRun('llama-lora');
  const { files } = workshop.model!.open;
  const folder = subdirectory(await workshop.runs(), 'one');
  await saveBase(folder, files);
  const download = () => keepHandlers(workshop).download({ runId: 'one', target: 'peft' });
  expect((await download()).blob.size).toBeGreaterThan(0);
  const base = JSON.parse(await readText(folder, baseFile));
  const changed = { ...base.files[0], pages: '0'.repeat(64) };
  await writeText(folder, baseFile, JSON.stringify({ ...base, files: [changed, ...base.files.slice(1)] }));
  await expect(download()).rejects.toMatchObject({ code: 'run-base-changed' });
});

test('LoRA made of DoRA has the rank that was asked for, and says how much of the change it keeps', async () => {
  const { workshop } = await endedRun('llama-dora');
  const { fileName, blob, kept } = await keepHandlers(workshop).download({ runId: 'one', target: 'lora', rank: 2 });
  expect(fileName).toBe('model-t-lora.zip');
  const files = unzipSync(new Uint8Array(await blob.arrayBuffer()));
  const text = (path: string) => new TextDecoder().decode(files[path]);
  expect(JSON.parse(text('adapter_config.json'))).toMatchObject({ r: 2, lora_alpha: 2, use_dora: false });
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(1);
  expect(text('README.md')).toContain(`${(100 * kept!).toFixed(2)}%`);
});

test('an exported run stands for its adapter: the one that it downloads, for the model it was made with', async () => {
  const { workshop } = await endedRun('llama-lora');
  const keep = keepHandlers(workshop);
  const [archive, peft] = [
    await keep.download({ runId: 'one', target: 'archive' }),
    await keep.download({ runId: 'one', target: 'peft' }),
  ];
  const given = await openGiven([{ path: archive.fileName, blob: archive.blob }]);
  const found = await adapterOfRun(workshop, given);
  const expected = unzipSync(new Uint8Array(await peft.blob.arrayBuffer()));
  for (const path of ['adapter_config.json', 'adapter_model.safetensors'])
    expect(await found.read(path)).toEqual(expected[path]);
  workshop.model = { ...workshop.model!, name: 'other', source: { ...source, id: 'owner/other' } };
  await expect(adapterOfRun(workshop, given)).rejects.toMatchObject({ code: 'adapter-invalid' });
});

test('a run comes in from an archive that was packed anew; a .zip of something else is named as what it is', async () => {
  const { workshop } = await endedRun('llama-lora');
  const keep = keepHandlers(workshop);
  const { blob } = await keep.download({ runId: 'one', target: 'archive' });
  const packed = zipSync(unzipSync(new Uint8Array(await blob.arrayBuffer())));
  const { runId } = await keep.importRun({ archive: new Blob([packed as Bytes]) });
  expect(await (await workshop.runs()).exists(`${runId}/run.json`)).toBe(true);
  const adapter = await keep.download({ runId: 'one', target: 'peft' });
  const refused = keep.importRun({ archive: new File([adapter.blob], 'cat-adapter.zip') });
  await expect(refused).rejects.toThrow('cat-adapter contains an adapter, but a saved run is needed here.');
});
