import { beforeEach, expect, test, vi } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { defaultRunConfig } from '../../training/config/run-config.ts';
import type { RunOrigin } from '../runs/run-origin.ts';
import { readRunTables, saveRunTables } from '../runs/run-tables.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { dataHandlers } = await import('./data-handlers.ts');
const { Workshop } = await import('../workshop.ts');

const text = 'question, short;answer\nHello, you;Hi\nWho, me;Yes\n';
const source = { kind: 'file', name: 'faq.csv', blob: new Blob([text]) } as const;
const semicolon = { encoding: '', delimiter: ';' };

let workshop: InstanceType<typeof Workshop>;
let handlers: ReturnType<typeof dataHandlers>;
beforeEach(() => {
  workshop = new Workshop(() => {});
  handlers = dataHandlers(workshop);
});

test('a delimiter is found out, is told beside the others, and gives way to the one that is chosen', async () => {
  const found = await handlers.openData({ source });
  expect(found).toMatchObject({ delimiter: ',', columns: ['question', 'short;answer'] });
  expect(found.delimiters.map(({ delimiter, columns }) => [delimiter, columns])).toEqual([
    [',', 2],
    ['\t', 1],
    [';', 2],
    ['|', 1],
  ]);
  await handlers.openData({ source: { ...source, name: 'held.csv' }, use: 'validation' });
  const { table, validation } = await handlers.readAgain({ reading: semicolon });
  for (const each of [table, validation])
    expect(each).toMatchObject({ delimiter: ';', columns: ['question, short', 'answer'] });
  expect(workshop.table?.table.rows).toEqual([
    ['Hello, you', 'Hi'],
    ['Who, me', 'Yes'],
  ]);
  const again = await handlers.readAgain({ reading: { encoding: '', delimiter: '' } });
  expect(again.table.columns).toEqual(found.columns);
});

test('a table that is opened with one has it from the start; other formats have none to choose', async () => {
  expect((await handlers.openData({ source, reading: semicolon })).columns).toEqual(['question, short', 'answer']);
  const lines = { kind: 'file', name: 'a.jsonl', blob: new Blob(['{"a": "x;y"}\n']) } as const;
  expect(await handlers.openData({ source: lines, reading: semicolon })).toMatchObject({
    ...{ columns: ['a'], delimiter: '', delimiters: [] },
  });
});

test("a run's tables are read again as its config says", async () => {
  const folder = memoryDirectory();
  const { blob, name } = source;
  await saveRunTables(folder, { table: { name, blobs: [blob], table: null as never }, validation: null });
  const dataset = { ...defaultRunConfig.dataset, delimiter: ';' };
  const { table } = await readRunTables(folder, { table: name } as RunOrigin, { dataset });
  expect(table.table.columns).toEqual(['question, short', 'answer']);
});
