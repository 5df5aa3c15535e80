import { expect, test, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { AppError } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { portable } from '../../plan/profile.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('../runs/preparation.ts');
const { runHandlers } = await import('../runs/run-handlers.ts');
const { exampleHandlers } = await import('./example-handlers.ts');
const { Workshop } = await import('../workshop.ts');

const golden = await goldenRun('llama-lora', {
  training: { epochs: 1, max_steps: 0, schedule: 'Linear', warmup_steps: 0, batch_size: 4, grad_accumulation: 1 },
  tuning: { init_from: '', lora_target_modules: ['q_proj'] },
});

/** A page with a run that has ended. */
async function endedRun() {
  const ends: string[] = [];
  const workshop = new Workshop((event, data) => {
    const { phase } = data as { phase?: string };
    if (event === 'phase' && phase === 'finished') ends.push(phase);
  });
  workshop.model = { source: { kind: 'example' }, name: 'm', open: golden.open, tokenizer: golden.tokenizer };
  const table = golden.tables.training as Table;
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'data.csv', blobs: [new Blob([lines.join('\n')])], table };
  const runs: Directory = memoryDirectory();
  vi.spyOn(workshop.executors, 'executor').mockImplementation(async () => referenceExecutor());
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  const handlers = { ...runHandlers(workshop, createPreparation(workshop)), ...exampleHandlers(workshop) };
  const { id } = (await handlers.startRun({ config: golden.config }))!;
  const hasEnded = (times: number) => vi.waitFor(() => expect(ends).toHaveLength(times), 60_000);
  await hasEnded(1);
  return { workshop, runs, handlers, id, hasEnded };
}

test('the rows that taught one count with the rates of the run as it went on', async () => {
  const { workshop, handlers, id: runId, hasEnded } = await endedRun();
  const teachersOf = async (by: ReturnType<typeof exampleHandlers>) => {
    await by.lookAtRow({ runId, split: 'training', row: 2 });
    return (await by.findTeachers({ requestId: 'teach', runId, split: 'training', row: 2 }))!.rows;
  };
  const before = await teachersOf(handlers);
  expect(before.length).toBeGreaterThan(4);
  await handlers.resumeRun({ runId, epochs: 1 });
  await hasEnded(2);
  const after = await teachersOf(handlers);
  expect(after).not.toEqual(before);
  expect(after).toEqual(await teachersOf(exampleHandlers(workshop)));
}, 120_000);

test('losses that a full disk cannot keep are shown, and none are kept of a run that is gone', async () => {
  const { runs, handlers, id: runId } = await endedRun();
  const look = () => handlers.lookAtExamples({ requestId: 'look', runId });
  const write = vi.spyOn(runs, 'write').mockRejectedValue(new AppError('storage-full', { bytes: 1 }));
  const { rows } = await look();
  expect(rows!.length).toBeGreaterThan(4);
  expect(await handlers.keptExamples({ runId })).toEqual({ rows: null });
  write.mockRestore();
  await look();
  expect(await handlers.keptExamples({ runId })).toEqual({ rows });
  await runs.remove(runId);
  expect(await look()).toEqual({ rows });
  expect(await runs.list('')).toEqual([]);
}, 60_000);
