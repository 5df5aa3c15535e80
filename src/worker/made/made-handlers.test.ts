import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import type { Table } from '../../data/table.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { usualTexts } from '../../generation/made/requests.ts';
import { portable } from '../../plan/profile.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import type { MadeRow, MakeSettings } from './messages.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('../runs/preparation.ts');
const { runHandlers } = await import('../runs/run-handlers.ts');
const { madeHandlers } = await import('./made-handlers.ts');
const { Workshop } = await import('../workshop.ts');

const golden = await goldenRun('llama-lora');

let patience = Number.POSITIVE_INFINITY;
let asked = 0;
const server = createServer((request, response) => {
  request.resume();
  // Who has waited enough leaves the others waiting: what asks is then stopped.
  if (++asked > patience) return;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ choices: [{ message: { content: `Well ${asked}` }, finish_reason: 'stop' }] }));
});
let endpoint: string;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const settings: MakeSettings = {
  ...{ kinds: ['paraphrase'], critique: false, count: 3, seed: 1, temperature: 0.7, topP: 0.9 },
  ...{ maxNewTokens: 4, texts: usualTexts },
};

function page() {
  const rows: MadeRow[] = [];
  const workshop = new Workshop((event, data) => event === 'rowMade' && rows.push((data as { row: MadeRow }).row));
  workshop.model = { source: { kind: 'example' }, name: 'm', open: golden.open, tokenizer: golden.tokenizer };
  workshop.table = { name: 'mine.jsonl', blobs: [], table: golden.tables.training as Table };
  const executor = vi.spyOn(workshop.executors, 'executor').mockImplementation(async () => referenceExecutor());
  return { workshop, rows, executor, handlers: madeHandlers(workshop) };
}

const byServer = () => ({ kind: 'server' as const, endpoint, model: 's', key: '' });
const opened = async ({ blob }: { blob: Blob }) => readTable(blob, { fileName: 'a.csv' });

test('rows are told one by one, put behind those of the table however the settings change, and taken out again', async () => {
  const { workshop, rows, handlers, executor } = page();
  const { config } = golden;
  await handlers.makeRows({ requestId: 'a', config, writer: byServer(), settings });
  expect(rows.map(({ text }) => text)).toEqual(['Well 1', 'Well 2', 'Well 3']);
  expect(executor).not.toHaveBeenCalled();
  const given = rows.map(({ kind, by, source, text }) => ({ kind, by, source, text }));
  const file = await handlers.withMadeRows({ rows: given });
  expect(file.name).toBe('mine.csv');
  const table = await opened(file);
  const own = golden.tables.training;
  expect(table.rows).toHaveLength(own.rows.length + 3);
  const review = await handlers.reviewFile({ rows: rows.map((row, place) => ({ ...row, isApproved: place === 1 })) });
  expect(review.fileName).toBe('mine-made.csv');
  expect((await opened(review)).rows.map((cells) => cells.includes('yes'))).toEqual([false, true, false]);
  workshop.table = { ...workshop.table!, table };
  const before = await opened(await handlers.withoutMadeRows({}));
  expect([before.columns, before.rows]).toEqual([own.columns, own.rows]);
});

test('a request that is stopped ends with what was made', async () => {
  const { rows, handlers } = page();
  asked = 0;
  patience = 2;
  const making = handlers.makeRows({ requestId: 'b', config: golden.config, writer: byServer(), settings });
  await vi.waitFor(() => expect(asked).toBe(3));
  await handlers.stopMaking({ requestId: 'b' });
  await making;
  expect(rows).toHaveLength(2);
});

test('the open model writes the same rows again, with the device to itself', async () => {
  const { workshop, rows, handlers } = page();
  const make = () =>
    handlers.makeRows({
      requestId: 'c',
      config: golden.config,
      writer: { kind: 'model' },
      settings: { ...settings, count: 1 },
    });
  const making = make();
  await vi.waitFor(() => expect(workshop.turn.isTaken).toBe(true));
  await expect(make()).rejects.toMatchObject({ code: 'run-going-on' });
  await making;
  await make();
  expect(workshop.turn.isTaken).toBe(false);
  expect(rows).toHaveLength(2);
  expect(rows[1]).toEqual(rows[0]);
  expect(rows[0]!.by).toBe('m');
}, 120_000);

test("a run's result writes as it was tuned, and is named in its rows", async () => {
  const { workshop, rows, handlers } = page();
  const table = golden.tables.training as Table;
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'data.csv', blobs: [new Blob([lines.join('\n')])], table };
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(memoryDirectory());
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  const { training, tuning } = golden.config;
  const config = { ...golden.config, training: { ...training, max_steps: 2 }, tuning: { ...tuning, init_from: '' } };
  const { id } = (await runHandlers(workshop, createPreparation(workshop)).startRun({ config }))!;
  await vi.waitFor(() => expect(workshop.turn.isTaken).toBe(false), 60_000);
  await handlers.makeRows({
    requestId: 'd',
    config,
    writer: { kind: 'run', runId: id },
    settings: { ...settings, count: 1 },
  });
  expect(rows).toHaveLength(1);
  expect(rows[0]!.by).toBe(`m + ${id}`);
}, 120_000);
