import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { subdirectory } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { loadCheckpoint, readMetrics } from '../../files/runs.ts';
import { portable } from '../../plan/profile.ts';
import { readSweep, saveSweep } from '../../sweeps/record.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import type { SweepView } from './messages.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('../runs/preparation.ts');
const { historyHandlers } = await import('../runs/history-handlers.ts');
const { runHandlers } = await import('../runs/run-handlers.ts');
const { sweepHandlers } = await import('./sweep-handlers.ts');
const { Workshop } = await import('../workshop.ts');

const golden = await goldenRun('llama-lora', {
  training: { max_steps: 3, evaluation_epochs: 0.1, warmup_steps: 0 },
  dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
  tuning: { init_from: '', lora_target_modules: ['q_proj'] },
  logging: { number_of_texts: 0 },
  prediction: { max_length_inference: 2 },
});

const given = {
  search: 'grid',
  seed: 5,
  halving: { rungs: [1, 2], keep: 0.5 },
  settings: { 'training.learning_rate': [1e-9, 1e-2, 1e-3, 1e-4] },
};

let runs: ReturnType<typeof memoryDirectory>;
/** What the page is told: sweeps, and runs that begin. */
let views: SweepView[];
let begun: string[];

/** A page, with model and table open. */
function page() {
  const workshop = new Workshop((event, data) => {
    if (event === 'sweep') views.push(data as SweepView);
    if (event === 'sweepRun') begun.push((data as { name: string }).name);
  });
  workshop.model = { source: { kind: 'example' }, name: 'm', open: golden.open, tokenizer: golden.tokenizer };
  const table = golden.tables.training as Table;
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'data.csv', blobs: [new Blob([lines.join('\n')])], table };
  vi.spyOn(workshop.executors, 'executor').mockResolvedValue(referenceExecutor());
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop.executors, 'compiled').mockResolvedValue(undefined);
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  const preparation = createPreparation(workshop);
  const handlers = { ...sweepHandlers(workshop, preparation), ...runHandlers(workshop, preparation) };
  return { workshop, ...handlers, ...historyHandlers(workshop) };
}

beforeEach(() => {
  runs = memoryDirectory();
  views = [];
  begun = [];
});

const comesTo = (is: (view: SweepView) => boolean) =>
  vi.waitFor(() => expect(views.some(is)).toBe(true), { timeout: 60_000, interval: 5 });
const isOver = ({ state }: SweepView) => state === 'finished';

/** The weights and the figures of each run of the sweep, in its order. */
async function trainedBy({ table }: SweepView) {
  return Promise.all(
    table.rows.map(async ({ run, score, state, step, isBest }) => {
      const folder = subdirectory(runs, run!);
      const { weights } = (await loadCheckpoint(folder))!;
      const names = [...weights.tensors.keys()].filter((name) => name.includes('lora')).sort();
      const values = await Promise.all(names.map((name) => weights.readFloats(name)));
      const log = (await readMetrics(folder)).map((record) => ({ ...record, time: 0 }));
      return { score, state, step, isBest, values, log };
    }),
  );
}

async function unbroken() {
  const { startSweep } = page();
  await startSweep({ given, config: golden.config });
  await comesTo(isOver);
  return views.at(-1)!;
}

describe('a sweep in the page', { timeout: 120_000 }, () => {
  it('trains, halves and names its best; every run is one of the list', async () => {
    const done = await unbroken();
    expect(done.table.rows.map(({ state }) => state)).toEqual(['dropped', 'finished', 'dropped', 'dropped']);
    expect(done.table.rows.map(({ step }) => step)).toEqual([1, 3, 2, 1]);
    expect(done.table.rows.map(({ isBest }) => isBest)).toEqual([false, true, false, false]);
    expect(begun.map((name) => /#\d/.exec(name)![0])).toEqual(['#1', '#2', '#3', '#4', '#2', '#3', '#2']);
    const { listRuns, listSweeps } = page();
    const { runs: listed } = await listRuns({});
    expect(listed.map(({ id }) => id).sort()).toEqual(done.table.rows.map(({ run }) => run).sort());
    expect(listed.find(({ id }) => id === done.table.rows[1]!.run)).toMatchObject({ phase: 'finished', step: 3 });
    expect(await listSweeps({})).toEqual([done]);
  });

  it('that is paused, or whose page goes, ends bit for bit as one that was not', async () => {
    const whole = await trainedBy(await unbroken());
    runs = memoryDirectory();
    [views, begun] = [[], []];
    const first = page();
    const { id } = await first.startSweep({ given, config: golden.config });
    await comesTo(({ table }) => table.rows[1]!.run !== null);
    await first.pauseSweep({});
    await comesTo(({ state }) => state === 'paused');
    // Another page, which has but what was kept.
    const second = page();
    expect(await second.listSweeps({})).toMatchObject([{ id, state: 'paused' }]);
    const before = views.length;
    await second.resumeSweep({ sweepId: id });
    await vi.waitFor(
      () => expect(views.slice(before).some(({ table }) => table.rows[3]!.step === 1)).toBe(true),
      60_000,
    );
    await second.pauseSweep({});
    await vi.waitFor(() => expect(views.at(-1)!.state).toBe('paused'), 60_000);
    await page().resumeSweep({ sweepId: id });
    await comesTo(isOver);
    expect(await trainedBy(views.at(-1)!)).toEqual(whole);
  });

  it.each([
    ['before its first run', true],
    ['once all its runs are gone', false],
  ])('goes on %s with the table it was begun with, whatever is open', async (_, isBefore) => {
    const whole = await trainedBy(await unbroken());
    runs = memoryDirectory();
    [views, begun] = [[], []];
    const first = page();
    const { id } = await first.startSweep({ given, config: golden.config });
    await comesTo(({ table }) => table.rows[0]!.step === 1);
    await first.pauseSweep({});
    await comesTo(({ state }) => state === 'paused');
    for (const { run } of views.at(-1)!.table.rows) if (run !== null) await runs.remove(run);
    const folder = subdirectory(runs, id);
    const record = await readSweep(folder);
    const trials = record.trials.map(({ values }) => ({ values, run: null, legs: [] }));
    if (isBefore) await saveSweep(folder, { ...record, scoreName: null, trials });
    const second = page();
    const { table, ...rest } = second.workshop.table!;
    second.workshop.table = { ...rest, table: { ...table, rows: table.rows.slice(0, 12) } };
    await second.resumeSweep({ sweepId: id });
    await comesTo(isOver);
    expect(views.at(-1)!.table.rows.map(({ score }) => score)).toEqual(whole.map(({ score }) => score));
    if (isBefore) expect(await trainedBy(views.at(-1)!)).toEqual(whole);
  });

  it('of an older version, which keeps no table beside it, does not go on once all its runs are gone', async () => {
    const first = page();
    const { id } = await first.startSweep({ given, config: golden.config });
    await comesTo(({ table }) => table.rows[1]!.run !== null);
    await first.pauseSweep({});
    await comesTo(({ state }) => state === 'paused');
    for (const { run } of views.at(-1)!.table.rows) if (run !== null) await runs.remove(run);
    await runs.remove(`${id}/origin.json`);
    await page().resumeSweep({ sweepId: id });
    await comesTo(({ error }) => error?.code === 'run-missing');
    expect((await runs.list('')).map(({ name }) => name)).toEqual([id]);
  });

  it('says what is left, by what its runs took', async () => {
    await unbroken();
    const left = views.map(({ secondsLeft }) => secondsLeft!);
    expect(left[0]).toBeGreaterThan(0);
    expect(left.at(-1)).toBe(0);
  });

  it('is priced, and refused where a run does not fit or nothing can be compared', async () => {
    const { priceSweep, startSweep, workshop } = page();
    expect(await priceSweep({ given, config: golden.config })).toMatchObject({ runs: 4, steps: 4 + 2 + 1, unfit: [] });
    const late = { ...given, halving: { rungs: [9], keep: 0.5 } };
    await expect(priceSweep({ given: late, config: golden.config })).rejects.toMatchObject({ code: 'sweep-invalid' });
    // One of its runs would be refused for its rows.
    const cut = { ...given, settings: { 'tokenizer.max_length': [128, 8] } };
    await expect(priceSweep({ given: cut, config: golden.config })).rejects.toMatchObject({ code: 'questions-cut' });
    vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 1000 });
    expect((await priceSweep({ given, config: golden.config })).unfit).toEqual([0, 1, 2, 3]);
    await expect(startSweep({ given, config: golden.config })).rejects.toMatchObject({ code: 'sweep-unfit' });
    expect(await runs.list('')).toEqual([]);
  });

  it('keeps its runs when it is deleted', async () => {
    const { id } = await unbroken();
    const { deleteSweep, listSweeps, listRuns } = page();
    await deleteSweep({ sweepId: id });
    expect(await listSweeps({})).toEqual([]);
    expect((await listRuns({})).runs).toHaveLength(4);
  });
});
