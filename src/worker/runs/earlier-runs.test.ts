/**
 * Run folders that the version of 21 November 2026 left after 6 of 20 updates (`cli/golden/earlier-runs/NAME/run`), with
 * what its page kept beside them: `origin.json` of a model from the visitor's disk, and a copy of the table.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { trainedPart } from '../../exports/targets.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { joinBytes } from '../../files/source.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { readFloats } from '../../training/run/checkpoint.ts';
import { openModel, openTokenizer } from '../../training/session/open-model.ts';

// Modules of the worker ask where they lie and what they run on.
vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('./preparation.ts');
const { runHandlers } = await import('./run-handlers.ts');
const { detail, listed } = await import('./run-store.ts');
const { Workshop } = await import('../workshop.ts');

const earlierRuns = fileURLToPath(new URL('../../cli/golden/earlier-runs/', import.meta.url));
const id = '2026-11-28T23-18-03-a1b2';

const originOf = (model: string) => `{
  "source": {
    "kind": "local",
    "name": "${model}"
  },
  "model": "${model}",
  "table": "data.csv",
  "totalSteps": 20
}
`;

/** The runs of a page that kept this one. */
async function keptRuns(name: string) {
  const runs = memoryDirectory();
  const folder = join(earlierRuns, name, 'run');
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await runs.write(`${id}/${path.slice(folder.length + 1)}`, [new Uint8Array(await readFile(path))]);
  }
  const table = await folderFiles(new URL(`../../../interop/golden/${name}/`, import.meta.url)).read('data.csv');
  await runs.write(`${id}/table`, [table]);
  await runs.write(`${id}/origin.json`, [new TextEncoder().encode(originOf(name))]);
  return runs;
}

/** The lines of metrics.jsonl without the time that each was written at. */
const lines = (text: string) => text.replace(/,"time":[\d.]+/g, '').split('\n');

test.each([
  ['llama-lora', 'instruction', '2026-11-28T23:18:03.368Z'],
  ['bert-lora', 'classification', '2026-11-28T23:19:59.216Z'],
])('%s is listed and shown as it was kept', async (name, problemType, created) => {
  const runs = await keptRuns(name);
  const kept = (file: string) => readFile(join(earlierRuns, name, 'run', file), 'utf8');
  const records = (await kept('metrics.jsonl'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const {
    runs: [summary, ...others],
    damaged,
  } = await listed(runs);
  expect([...others, ...damaged]).toEqual([]);
  expect(summary).toMatchObject({ id, model: name, problemType, phase: 'stopped', step: 6, totalSteps: 20 });
  expect(summary).toMatchObject({ resumable: true, created: Date.parse(created), lastLoss: records[5].loss });
  expect(summary!.curve).toHaveLength(6);
  const shown = await detail(runs, id);
  expect(shown).toMatchObject({ ...summary, evaluations: [], scores: null });
  expect(shown.config).toMatchObject(JSON.parse(await kept('run.json')));
  expect(shown.metrics).toEqual(
    records.map(({ step, epoch, loss, learning_rate: learningRate, grad_norm: gradNorm, tokens }) => {
      return { step, epoch, loss, learningRate, gradNorm, tokens };
    }),
  );
});

test.each(['llama-lora', 'bert-lora'])('%s is resumed on the page, bit for bit', async (name) => {
  const runs = await keptRuns(name);
  const emit = vi.fn();
  const workshop = new Workshop(emit);
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  const files = folderFiles(new URL(`../../../interop/golden/${name}/`, import.meta.url));
  const [open, tokenizer] = [await openModel(files), await openTokenizer(files)];
  workshop.model = { source: { kind: 'files', files: [] }, name, open, tokenizer };
  const { resumeRun } = runHandlers(workshop, createPreparation(workshop));
  expect(await resumeRun({ runId: id })).toMatchObject({ id, phase: 'loading', step: 6 });
  const finished = expect.objectContaining({ phase: 'finished' });
  await vi.waitFor(() => expect(emit).toHaveBeenCalledWith('phase', finished), 200_000);
  const text = new TextDecoder().decode(await runs.read(`${id}/metrics.jsonl`));
  expect(lines(text)).toEqual(lines(await readFile(join(earlierRuns, name, 'metrics.jsonl'), 'utf8')));
  const { open: base, tuning, session } = workshop.active!.parts.model;
  const trained = await trainedPart({ base, baseName: name, tuning: tuning! }, (each) => readFloats(session, each));
  const weights: Uint8Array<ArrayBuffer>[] = [];
  const { parts } = trained.find(({ path }) => path === 'adapter_model.safetensors')!;
  for await (const part of parts) weights.push(part);
  expect(joinBytes(weights)).toEqual(new Uint8Array(await readFile(join(earlierRuns, name, 'adapter.safetensors'))));
});
