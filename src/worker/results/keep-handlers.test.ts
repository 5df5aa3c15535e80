import { unzipSync } from 'fflate';
import { expect, test, vi } from 'vitest';
import { subdirectory } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import type { Weights } from '../../files/weights.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainedFiles } from '../../testing/written.ts';
import { createTraining } from '../../training/run/trainer.ts';
import { saveOrigin } from '../runs/run-store.ts';
import { Workshop } from '../workshop.ts';
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
  expect(fileName).toMatch(/one-(adapter|weights)\.zip$/);
  expect(executor).not.toHaveBeenCalled();
  expect(workshop.active).toBeNull();
  expect(read).toEqual([]);
  const expected = await trainedFiles(training.model, 'owner/model');
  const files = unzipSync(new Uint8Array(await blob.arrayBuffer()));
  for (const { path } of await expected.list()) expect(files[path]).toEqual(await expected.read(path));
});
