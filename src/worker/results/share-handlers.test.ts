import { inflateSync } from 'fflate';
import { expect, test, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { readText, subdirectory } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { sha256 } from '../../files/sha256.ts';
import { portable } from '../../plan/profile.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('../runs/preparation.ts');
const { historyHandlers } = await import('../runs/history-handlers.ts');
const { runHandlers } = await import('../runs/run-handlers.ts');
const { saveOrigin, readOrigin } = await import('../runs/run-origin.ts');
const { Workshop } = await import('../workshop.ts');
const { shareHandlers } = await import('./share-handlers.ts');

const hash = (text: string) => sha256(new TextEncoder().encode(text));
const hashes = { commit: 'c0ffee0', weights: hash('weights'), tokenizer: hash('tokenizer'), config: hash('config') };
const golden = await goldenRun('gpt2-full', {
  dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  training: { max_steps: 3, batch_size: 6, grad_accumulation: 1, drop_last_batch: false },
  tuning: { init_from: '' },
  prediction: { max_length_inference: 4 },
  environment: { experiment_name: 'Secret project' },
});
const table = golden.tables.training as Table;
const source = { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: '', token: 'hf_secret' } as const;

/** A run of three updates on the page, and what its worker answers. */
async function endedRun() {
  const ended = vi.fn();
  const workshop = new Workshop((event, data) => {
    if (event === 'phase') ended((data as { phase: string }).phase);
  });
  const runs = memoryDirectory();
  workshop.model = { source, name: 'm', open: golden.open, tokenizer: golden.tokenizer, hashes: async () => hashes };
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'secret.csv', blobs: [new Blob([lines.join('\n')])], table };
  vi.spyOn(workshop.executors, 'executor').mockImplementation(async () => referenceExecutor());
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  const handlers = { ...runHandlers(workshop, createPreparation(workshop)), ...historyHandlers(workshop) };
  const { id } = (await handlers.startRun({ config: golden.config }))!;
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith('finished'), 30_000);
  return { id, runs, workshop, history: handlers, share: shareHandlers(workshop) };
}

const { id, runs, history, share } = await endedRun();
const inLink = (link: string) =>
  new TextDecoder().decode(inflateSync(new Uint8Array(Buffer.from(link, 'base64url')).subarray(5)));

test('a link holds no cell of the table, no answer, no name, no token', async () => {
  const { link, held, evaluations } = await share.shareRun({ runId: id, names: false, answers: true });
  const text = inLink(link!);
  expect(JSON.parse(text)).toEqual(JSON.parse(held));
  const detail = await history.readRun({ runId: id });
  expect(evaluations).toBeGreaterThan(0);
  const cells = table.rows.flat().filter((cell) => cell.length > 3);
  const answers = detail.evaluations.flatMap(({ samples }) => samples.flatMap(({ tuned, prompt }) => [tuned, prompt]));
  expect(cells.length).toBeGreaterThan(10);
  expect(answers.length).toBeGreaterThan(1);
  const found = [...cells, ...answers, 'Secret', 'secret'].filter((each) => each !== '' && text.includes(each));
  expect(found).toEqual([]);
});

test('opened, it says what the run says of itself', async () => {
  const { link, file } = await share.shareRun({ runId: id, names: true, answers: true });
  const detail = await history.readRun({ runId: id });
  const view = await share.openShared({ link: link! });
  expect(view.model).toEqual({ source: { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: '' }, hashes });
  expect(view.leftOut).toEqual([]);
  const { name, table: named, phase, step, totalSteps, cost, heldOut, evalLoss, method, trainingRows } = view.detail;
  expect({ name, table: named }).toEqual({ name: 'Secret project', table: 'secret.csv' });
  expect(detail).toMatchObject({ phase, step, totalSteps, cost, heldOut, evalLoss, method, trainingRows });
  expect(view.detail.verdict).toEqual({ ...detail.verdict, actions: [] });
  const { model, dataset, environment, ...others } = detail.config;
  expect(view.detail.config).toMatchObject(others);
  expect(view.detail.config.environment.seed).toBe(environment.seed);
  expect(view.detail.metrics).toHaveLength(detail.metrics.length);
  const whole = await share.openShared({ file: new Blob([file]) });
  expect(whole.detail.evaluations).toEqual(detail.evaluations);
  expect(whole.detail.metrics.map(({ loss, evalLoss }) => [loss, evalLoss])).toEqual(
    detail.metrics.map(({ loss, evalLoss }) => [loss, evalLoss]),
  );
  const { file: bare } = await share.shareRun({ runId: id, names: true, answers: false });
  expect((await share.openShared({ file: new Blob([bare]) })).detail.evaluations).toEqual([]);
});

test('the hashes are those of the model and of the rows that the run read', async () => {
  const { data } = await share.openShared({
    link: (await share.shareRun({ runId: id, names: false, answers: false })).link!,
  });
  const open = await share.identify({ runId: null });
  expect(open).toEqual({ model: hashes, table: data.table, validation: null, rows: null });
  expect(await share.identify({ runId: id })).toEqual({ ...open, rows: data.rows });
  const lines = [table.columns, ...table.rows].map((row) => `${JSON.stringify(row)}\n`).join('');
  expect(data.table).toBe(hash(lines));
  expect(data.rows).toMatch(/^[0-9a-f]{64}$/);
});

test('a run of an older version knows its data by the copy it kept, and says that nobody knows its model', async () => {
  await runs.remove(`${id}/identity.json`);
  const { model, data } = await share.openShared({
    link: (await share.shareRun({ runId: id, names: false, answers: false })).link!,
  });
  expect(model.hashes).toBeNull();
  expect(data.table).toBe((await share.identify({ runId: null })).table);
});

test('neither a folder nor a server of the visitor is named unless that was agreed to', async () => {
  const folder = subdirectory(runs, id);
  const origin = await readOrigin(folder);
  const sourceOf = async (names: boolean) => {
    const { link } = await share.shareRun({ runId: id, names, answers: false });
    return (await share.openShared({ link: link! })).model.source;
  };
  const server = { kind: 'hub', id: 'owner/model', revision: 'main', endpoint: 'http://intranet:8080' } as const;
  await saveOrigin(folder, { ...origin, source: server });
  expect(await sourceOf(true)).toEqual(server);
  expect(await sourceOf(false)).toEqual({ kind: 'folder', name: '' });
  await saveOrigin(folder, { ...origin, source: { kind: 'local', name: 'my-model' }, model: 'my-model' });
  expect(await sourceOf(true)).toEqual({ kind: 'folder', name: 'my-model' });
  expect(await sourceOf(false)).toEqual({ kind: 'folder', name: '' });
  expect(await readText(folder, 'origin.json')).toContain('my-model');
});
