import { expect, test, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { portable } from '../../plan/profile.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import type { RunPhase } from './messages.ts';

vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { createPreparation } = await import('./preparation.ts');
const { historyHandlers } = await import('./history-handlers.ts');
const { runHandlers } = await import('./run-handlers.ts');
const { withEpochs } = await import('./changed-config.ts');
const { Workshop } = await import('../workshop.ts');

const golden = await goldenRun('gpt2-full', {
  dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  training: {
    max_steps: 0,
    epochs: 1,
    batch_size: 6,
    grad_accumulation: 1,
    drop_last_batch: false,
    learning_rate: 1e-6,
    schedule: 'Cosine',
    warmup_steps: 0,
  },
  tuning: { init_from: '' },
  prediction: { max_length_inference: 4 },
});

test('a run that ended has a verdict, goes on for more epochs, and is done again with other settings', async () => {
  const phases: [runId: string, phase: RunPhase][] = [];
  const workshop = new Workshop((event, data) => {
    if (event === 'phase') phases.push([(data as { runId: string }).runId, (data as { phase: RunPhase }).phase]);
  });
  workshop.model = { source: { kind: 'example' }, name: 'm', open: golden.open, tokenizer: golden.tokenizer };
  const table = golden.tables.training as Table;
  const lines = [table.columns, ...table.rows].map((row) => row.map((cell) => JSON.stringify(cell)).join(','));
  workshop.table = { name: 'data.csv', blobs: [new Blob([lines.join('\n')])], table };
  const runs = memoryDirectory();
  vi.spyOn(workshop.executors, 'executor').mockImplementation(async () => referenceExecutor());
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop, 'storage').mockResolvedValue(memoryDirectory());
  const handlers = { ...runHandlers(workshop, createPreparation(workshop)), ...historyHandlers(workshop) };
  const ends = async (id: string) => {
    await vi.waitFor(
      () => expect(phases.filter(([each, phase]) => each === id && phase === 'finished')).toHaveLength(1),
      30_000,
    );
    phases.length = 0;
    return (await handlers.readRun({ runId: id })) as NonNullable<Awaited<ReturnType<typeof handlers.startRun>>>;
  };

  const first = (await handlers.startRun({ config: golden.config }))!;
  expect(first).toMatchObject({ verdict: null, totalSteps: 3 });
  const ended = await ends(first.id);
  expect(ended.verdict!.finding).toMatchObject({ kind: 'not-yet', rate: 1e-6 });
  expect(ended.heldOut!.rows).toBeGreaterThan(5);

  const longer = (await handlers.resumeRun({ runId: first.id, epochs: 2 }))!;
  expect(longer).toMatchObject({ id: first.id, totalSteps: 9, step: 3, verdict: null });
  const { metrics, config, totalSteps } = await ends(first.id);
  expect({ totalSteps, epochs: config.training.epochs }).toEqual({ totalSteps: 9, epochs: 3 });
  expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // Cosine over nine updates, from the fourth on: 3 of 9 are done.
  expect(metrics[3]!.learningRate).toBeCloseTo(1e-6 * 0.5 * (1 + Math.cos((Math.PI * 3) / 9)), 12);

  const again = (await handlers.startAgain({
    runId: first.id,
    settings: { training: { learning_rate: 2e-5, epochs: 1 } },
  }))!;
  expect(again.id).not.toBe(first.id);
  expect(again.config.training).toMatchObject({ learning_rate: 2e-5, epochs: 1, batch_size: 6 });
  expect((await ends(again.id)).verdict).not.toBeNull();
  expect((await handlers.listRuns({})).runs).toHaveLength(2);
}, 60_000);

test('updates are added where the config counts those', () => {
  const config = { ...golden.config, training: { ...golden.config.training, max_steps: 60 } };
  const step = { step: 60, epoch: 3, loss: 1, learningRate: 1, gradNorm: 1, tokens: 1 };
  expect(withEpochs({ config, metrics: [step] }, 2).training.max_steps).toBe(100);
  expect(() => withEpochs({ config, metrics: [] }, 2)).toThrow(expect.objectContaining({ code: 'run-config-invalid' }));
});
