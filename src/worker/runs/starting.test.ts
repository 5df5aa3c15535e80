import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { AppError } from '../../errors.ts';
import { type Directory, readText, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import type { Executor } from '../../plan/executor.ts';
import { portable } from '../../plan/profile.ts';
import { type ConfigChanges, goldenRun, withChanges } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import type { RunPhase } from './messages.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('./preparation.ts');
const { historyHandlers } = await import('./history-handlers.ts');
const { runHandlers } = await import('./run-handlers.ts');
const { activeRun } = await import('./run-result.ts');
const { Workshop } = await import('../workshop.ts');

const changes: ConfigChanges = { training: { max_steps: 1 }, tuning: { init_from: '' }, environment: { seed: 1 } };
const golden = await goldenRun('llama-lora', changes);
const long = withChanges(golden.config, { training: { max_steps: 1000 } });

const phases: [runId: string, phase: RunPhase][] = [];
let runs: Directory;
let workshop: InstanceType<typeof Workshop>;
let handlers: ReturnType<typeof runHandlers> & ReturnType<typeof historyHandlers>;
let executor: Record<'mockImplementation' | 'mockImplementationOnce', (make: () => Promise<Executor>) => unknown>;

beforeEach(() => {
  phases.length = 0;
  runs = memoryDirectory();
  workshop = new Workshop((event, data) => {
    if (event === 'phase') phases.push([(data as { runId: string }).runId, (data as { phase: RunPhase }).phase]);
  });
  workshop.model = { source: { kind: 'example' }, name: 'm', open: golden.open, tokenizer: golden.tokenizer };
  const table = golden.tables.training as Table;
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'data.csv', blobs: [new Blob([lines.join('\n')])], table };
  executor = vi.spyOn(workshop.executors, 'executor').mockResolvedValue(referenceExecutor());
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  handlers = { ...runHandlers(workshop, createPreparation(workshop)), ...historyHandlers(workshop) };
});

const comesTo = (id: string, phase: RunPhase) => vi.waitFor(() => expect(phases).toContainEqual([id, phase]), 30_000);

async function stoppedRun(): Promise<string> {
  const { id } = (await handlers.startRun({ config: long }))!;
  await comesTo(id, 'training');
  await handlers.stopRun({});
  await comesTo(id, 'stopped');
  return id;
}

/** The next thing that asks for the executor waits until it is told to go on. */
function heldBack(): () => void {
  let goOn = () => {};
  const gate = new Promise<void>((done) => {
    goOn = done;
  });
  isHeld = false;
  executor.mockImplementationOnce(async () => {
    isHeld = true;
    await gate;
    return referenceExecutor();
  });
  return goOn;
}

let isHeld = false;
const held = () => vi.waitFor(() => expect(isHeld).toBe(true), 30_000);
const soon = () => new Promise((done) => setTimeout(done, 100));

describe('a run that is about to begin', { timeout: 120_000 }, () => {
  it('is not ended by an older one that is loaded to be asked', async () => {
    const { id } = (await handlers.startRun({ config: golden.config }))!;
    await comesTo(id, 'finished');
    workshop.release();
    const goOn = heldBack();
    const asked = activeRun(workshop, id);
    await held();
    const second = (await handlers.startRun({ config: long }))!;
    await comesTo(second.id, 'training');
    goOn();
    await expect(asked).rejects.toMatchObject({ code: 'run-going-on' });
    expect(workshop.active?.parts.id).toBe(second.id);
    expect(workshop.active?.goingOn).toBe(true);
    await handlers.stopRun({});
    await comesTo(second.id, 'stopped');
  });

  it('is given up where it is deleted while it is resumed', async () => {
    const id = await stoppedRun();
    const told = phases.length;
    const goOn = heldBack();
    const resumed = handlers.resumeRun({ runId: id });
    await soon();
    await handlers.deleteRun({ runId: id });
    expect(await resumed).toBeNull();
    goOn();
    await soon();
    expect(phases.slice(told)).toEqual([]);
    expect(await runs.list(id)).toEqual([]);
  });

  it('ends where it is deleted while it is paused, and its lock is free', async () => {
    const { id } = (await handlers.startRun({ config: long }))!;
    await comesTo(id, 'training');
    await handlers.pauseRun({});
    await comesTo(id, 'paused');
    const release = vi.spyOn(workshop.locks, 'release');
    await handlers.deleteRun({ runId: id });
    expect(workshop.turn.isTaken).toBe(false);
    await comesTo(id, 'failed');
    expect(release).toHaveBeenCalledWith(id);
    expect(await runs.list(id)).toEqual([]);
  });

  it('leaves nothing behind where it is deleted while the storage still writes a file of it', async () => {
    let goOn = () => {};
    const gate = new Promise<void>((done) => {
      goOn = done;
    });
    let isWriting = false;
    const slow: Directory = {
      ...runs,
      async write(path, parts) {
        const bytes: Uint8Array<ArrayBuffer>[] = [];
        for await (const part of parts) bytes.push(part.slice());
        isWriting ||= path.includes('checkpoints');
        if (path.includes('checkpoints')) await gate;
        await runs.write(path, bytes);
      },
    };
    vi.spyOn(workshop, 'runs').mockResolvedValue(slow);
    const { id } = (await handlers.startRun({ config: long }))!;
    await comesTo(id, 'training');
    await handlers.pauseRun({});
    await vi.waitFor(() => expect(isWriting).toBe(true), 30_000);
    let isDeleted = false;
    const deleting = handlers.deleteRun({ runId: id }).then(() => {
      isDeleted = true;
    });
    await soon();
    expect(isDeleted).toBe(false);
    goOn();
    await deleting;
    await comesTo(id, 'failed');
    await soon();
    expect(await runs.list(id)).toEqual([]);
  });

  it('says which model and data it has when it is resumed, where its page went before that was known', async () => {
    const id = await stoppedRun();
    await workshop.identifying.get(id);
    const identity = await readText(runs, `${id}/identity.json`);
    await runs.remove(`${id}/identity.json`);
    phases.length = 0;
    await handlers.resumeRun({ runId: id });
    await comesTo(id, 'training');
    await handlers.stopRun({});
    await comesTo(id, 'stopped');
    await workshop.identifying.get(id);
    expect(await readText(runs, `${id}/identity.json`)).toBe(identity);
  });

  it('lets go at once, whatever it waits for, and the next one begins', async () => {
    const id = await stoppedRun();
    const origin = JSON.parse(await readText(runs, `${id}/origin.json`));
    const source = { kind: 'hub', id: 'a/b', revision: 'main', endpoint: 'http://localhost:9' };
    await writeText(runs, `${id}/origin.json`, JSON.stringify({ ...origin, source }));
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    const resumed = handlers.resumeRun({ runId: id });
    await soon();
    await expect(handlers.startRun({ config: golden.config })).rejects.toMatchObject({ code: 'run-going-on' });
    await handlers.stopRun({});
    expect(await resumed).toBeNull();
    vi.stubGlobal('fetch', fetch);
    const next = (await handlers.startRun({ config: golden.config }))!;
    await comesTo(next.id, 'finished');
  });

  it('leaves nothing behind where its table cannot be kept, and what was there stays', async () => {
    const id = await stoppedRun();
    const unreadable = { size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('disk full')) }) };
    workshop.table = { ...workshop.table!, blobs: [unreadable as unknown as Blob] };
    await expect(handlers.startRun({ config: golden.config })).rejects.toThrow('disk full');
    expect((await handlers.listRuns({})).runs.map((run) => run.id)).toEqual([id]);
    expect((await runs.list('')).map(({ name }) => name)).toEqual([id]);
    expect(workshop.active?.parts.id).toBe(id);
  });

  it('can be a stopped one whose weights are still on the device', async () => {
    const id = await stoppedRun();
    const { runs: listed } = await handlers.listRuns({});
    expect(listed).toMatchObject([{ id, phase: 'stopped', resumable: true }]);
  });
});

describe('a run whose page went', { timeout: 120_000 }, () => {
  it('is told from one that was stopped, and goes on', async () => {
    const { id } = (await handlers.startRun({ config: long }))!;
    await comesTo(id, 'training');
    const files = memoryDirectory();
    for (const name of ['run.json', 'info.json', 'origin.json', 'state.json', 'table'])
      await files.write(`${id}/${name}`, [await runs.read(`${id}/${name}`)]);
    await handlers.stopRun({});
    await comesTo(id, 'stopped');
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, phase: 'stopped', interrupted: false }]);

    // What lay on the disk when the page went, in a page of its own.
    vi.spyOn(workshop, 'runs').mockResolvedValue(files);
    workshop.release();
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, interrupted: true, resumable: true, step: 0 }]);
    phases.length = 0;
    expect(await handlers.resumeRun({ runId: id })).toMatchObject({ id, step: 0 });
    await comesTo(id, 'training');
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, interrupted: false, resumable: false }]);
    await handlers.stopRun({});
    await comesTo(id, 'stopped');
  });

  it('goes on with another executor only where that is asked for once more', async () => {
    const id = await stoppedRun();
    executor.mockImplementation(async () => ({ ...referenceExecutor(), name: 'tfjs-wasm' }));
    const { code, params } = await handlers.resumeRun({ runId: id }).catch((error) => error);
    expect({ code, params }).toEqual({ code: 'run-executor-other', params: { before: 'tfjs-cpu', now: 'tfjs-wasm' } });
    const { runs: kept } = await handlers.listRuns({});
    expect(kept).toMatchObject([{ id, resumable: true, elsewhere: false, interrupted: false }]);
    for (let times = 0; times < 2; times++) {
      phases.length = 0;
      await handlers.resumeRun({ runId: id });
      await comesTo(id, 'training');
      await handlers.stopRun({});
      await comesTo(id, 'stopped');
      // It is remembered in the next visit.
      workshop.asked.clear();
    }
  });

  it('before its first step begins anew, as old as it was', async () => {
    const { id } = (await handlers.startRun({ config: long }))!;
    await handlers.stopRun({});
    await comesTo(id, 'stopped');
    await runs.remove(`${id}/checkpoints`);
    const [before] = (await handlers.listRuns({})).runs;
    expect(before).toMatchObject({ id, phase: 'stopped', resumable: true });
    phases.length = 0;
    await handlers.resumeRun({ runId: id });
    await comesTo(id, 'training');
    await handlers.stopRun({});
    await comesTo(id, 'stopped');
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, created: before!.created }]);
  });

  it('after its last checkpoint goes on to its outcome', async () => {
    const { id } = (await handlers.startRun({ config: golden.config }))!;
    await comesTo(id, 'finished');
    const outcome = await readText(runs, `${id}/outcome.json`);
    await runs.remove(`${id}/outcome.json`);
    await writeText(runs, `${id}/state.json`, '{"phase":"training"}');
    workshop.release();
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, interrupted: true, resumable: true, saved: 1 }]);
    phases.length = 0;
    await handlers.resumeRun({ runId: id });
    await comesTo(id, 'finished');
    expect(await readText(runs, `${id}/outcome.json`)).toBe(outcome);
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, interrupted: false, resumable: false }]);
  });

  it('is left alone while another tab has it', async () => {
    const id = await stoppedRun();
    vi.spyOn(workshop.locks, 'take').mockRejectedValue(new AppError('run-elsewhere'));
    vi.spyOn(workshop.locks, 'elsewhere').mockResolvedValue(new Set([id]));
    const refused = { code: 'run-elsewhere' };
    await expect(handlers.resumeRun({ runId: id })).rejects.toMatchObject(refused);
    await expect(handlers.deleteRun({ runId: id })).rejects.toMatchObject(refused);
    expect((await handlers.listRuns({})).runs).toMatchObject([{ id, elsewhere: true, resumable: false }]);
    await expect(handlers.readRun({ runId: 'nothing' })).rejects.toMatchObject({ code: 'run-missing' });
  });
});
