/** The worker holds what the page holds: of two things on their way, the one that was asked for last. */
import { expect, test, vi } from 'vitest';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const reads = new Map<string, () => void>();
const held = (name: string) => new Promise<void>((done) => reads.set(name, done));
vi.mock('./load-table.ts', () => ({
  loadTable: async (_: unknown, { name }: { name: string }) => {
    await held(name);
    return { name, blobs: [], table: { rows: [] } };
  },
}));
vi.mock('./data-summary.ts', () => ({
  clipped: String,
  dataSummary: async ({ name }: { name: string }) => ({ name }),
}));
vi.mock('../reading/read-table-apart.ts', () => ({
  readTableApart: async (_blobs: unknown, _file: string, { encoding }: { encoding: string }) => {
    await held(encoding);
    return { encoding };
  },
}));
vi.mock('../models/load-model.ts', () => ({
  loadModel: async (_: unknown, { id }: { id: string }, signal: AbortSignal) => {
    await held(id);
    return { name: id, isGivenUp: signal.aborted };
  },
}));
vi.mock('../models/model-summary.ts', () => ({ modelSummary: (opened: unknown) => opened }));
const { dataHandlers } = await import('./data-handlers.ts');
const { modelHandlers } = await import('../models/model-handlers.ts');
const { Workshop } = await import('../workshop.ts');

const file = (name: string) => ({ kind: 'file', name, blob: new Blob() }) as const;
const hub = (id: string) => ({ kind: 'hub', id, revision: 'main', endpoint: '' }) as const;
const workshopOf = () => new Workshop(() => {});

test.each([
  ['one', 'two'],
  ['two', 'one'],
])(
  'the table, validation file and model that were asked for last are open, read in the order %s, %s',
  async (...order) => {
    const workshop = workshopOf();
    const { openData } = dataHandlers(workshop);
    const { openModel } = modelHandlers(workshop);
    for (const use of [undefined, 'validation'] as const) {
      const opens = ['one', 'two'].map((name) => openData({ source: file(name), ...(use ? { use } : {}) }));
      for (const name of order) reads.get(name)!();
      await Promise.all(opens);
      expect(workshop[use ?? 'table']?.name).toBe('two');
    }
    const opens = ['one', 'two'].map((id) => openModel({ source: hub(id) }));
    for (const id of order) reads.get(id)!();
    const [first] = await Promise.all(opens);
    expect(workshop.model?.name).toBe('two');
    expect(first, 'its download is broken off').toMatchObject({ isGivenUp: true });
  },
);

test('a table is read again where it still is the open one, under the encoding chosen last', async () => {
  const workshop = workshopOf();
  const { openData, readAgain } = dataHandlers(workshop);
  const open = async (name: string) => {
    const opened = openData({ source: file(name) });
    reads.get(name)!();
    await opened;
  };
  await open('one');
  const again = [
    readAgain({ reading: { encoding: 'cp932', delimiter: '' } }),
    readAgain({ reading: { encoding: 'utf-8', delimiter: '' } }),
  ];
  reads.get('utf-8')!();
  await again[1];
  reads.get('cp932')!();
  await again[0];
  expect(workshop.table).toMatchObject({ name: 'one', table: { encoding: 'utf-8' } });
  const late = readAgain({ reading: { encoding: 'cp932', delimiter: '' } });
  await open('two');
  reads.get('cp932')!();
  await late;
  expect(workshop.table).toMatchObject({ name: 'two', table: { rows: [] } });
});

test('nothing arrives after the set-up was forgotten', async () => {
  const workshop = workshopOf();
  vi.spyOn(workshop, 'storage').mockResolvedValue({ remove: async () => {} } as never);
  const { openData, forgetSetup } = dataHandlers(workshop);
  const opens = [openData({ source: file('one') }), modelHandlers(workshop).openModel({ source: hub('two') })];
  await forgetSetup({});
  for (const name of ['one', 'two']) reads.get(name)!();
  await Promise.all(opens);
  expect([workshop.table, workshop.model]).toEqual([null, null]);
});
