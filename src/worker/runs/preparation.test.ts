import { expect, test, vi } from 'vitest';
import type { Table } from '../../data/table.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { portable } from '../../plan/profile.ts';
import { type ConfigChanges, goldenRun, withChanges } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { createTraining } from '../../training/run/trainer.ts';
import { openWithHead } from '../../training/session/open-model.ts';

// Modules of the worker ask where they lie and what they run on.
vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { previewHandlers } = await import('../data/preview-handlers.ts');
const { tuningHandlers } = await import('../tuning/tuning-handlers.ts');
const { createPreparation } = await import('./preparation.ts');
const { runHandlers } = await import('./run-handlers.ts');
const { warmHandlers } = await import('./warm-handlers.ts');
const { Workshop } = await import('../workshop.ts');

/** A worker in which the model and the table of a golden run are open; `counted` are texts that become tokens, and looks at the table. */
async function opened(name: string, changes: ConfigChanges) {
  const run = await goldenRun(name, changes);
  const counted = { encoded: 0, read: 0 };
  const encoding = <A extends unknown[], T>(encode: (...given: A) => T) => {
    return (...given: A): T => {
      counted.encoded++;
      return encode(...given);
    };
  };
  const emit = vi.fn();
  const workshop = new Workshop(emit);
  const { encode, encodeText } = run.tokenizer;
  const tokenizer = { ...run.tokenizer, encode: encoding(encode), encodeText: encoding(encodeText) };
  workshop.model = { source: { kind: 'example' }, name, open: run.open, tokenizer };
  const { rows } = run.tables.training;
  const table = {
    ...(run.tables.training as Table),
    get rows() {
      counted.read++;
      return rows;
    },
  };
  workshop.table = { name: 'data.csv', blobs: [], table };
  const preparation = createPreparation(workshop);
  const handlers = {
    ...previewHandlers(workshop, preparation),
    ...tuningHandlers(workshop, preparation),
    ...warmHandlers(workshop, preparation),
    ...runHandlers(workshop, preparation),
  };
  return {
    run,
    counted,
    workshop,
    preparation,
    emit,
    handlers,
    preview: (config: RunConfig) => handlers.previewData({ config }),
  };
}

test.each(['llama-prompt', 'llama-prefix'])(
  'the check of %s with packed rows is the refusal of its start',
  async (name) => {
    const { run, preview } = await opened(name, { tokenizer: { packing: true }, tuning: { init_from: '' } });
    const { problem } = await preview(run.config);
    expect(problem?.code).toBe('run-config-invalid');
    const start = () => createTraining({ ...run, adapter: undefined, executor: referenceExecutor() });
    expect(start).toThrow(expect.objectContaining(problem!));
  },
);

test('what recipes follow from is measured once, whatever they set', async () => {
  const { run, counted, handlers } = await opened('llama-lora', { tuning: { init_from: '' } });
  const measure = async (changes: ConfigChanges) =>
    (await handlers.measureRows({ config: withChanges(run.config, changes) })).facts;
  const first = await measure({});
  const { encoded } = counted;
  const set = {
    ...{ tokenizer: { max_length: 8 }, dataset: { validation_size: 0.4 } },
    training: { learning_rate: 0.1, batch_size: 1, epochs: 7 },
  };
  expect(await measure(set)).toBe(first);
  expect(counted.encoded).toBe(encoded);
  expect((await measure({ dataset: { answer_column: 'nowhere' } })) ?? null).toBeNull();
});

test.each(['llama-lora', 'llama-score-lora'])(
  '%s: rates, steps and what is trained read no row again, and encode none',
  async (name) => {
    const { run, counted, preview, handlers } = await opened(name, { tuning: { init_from: '' } });
    const first = await preview(run.config);
    expect(first.problem).toBeNull();
    const once = { ...counted };
    expect(Math.min(once.encoded, once.read)).toBeGreaterThan(0);
    const changed = withChanges(run.config, {
      training: { learning_rate: 0.5, schedule: 'Linear', warmup_steps: 3, optimizer: 'SGD', evaluation_epochs: 0.5 },
      tuning: { lora_r: 2 },
      logging: { logging_steps: 5 },
      prediction: { metric: 'BLEU' },
      environment: { number_of_workers: 2, mixed_precision: 'f16' },
    });
    const again = await preview(changed);
    const { warmupSteps, schedule } = again;
    expect(again).toEqual({ ...first, warmupSteps, schedule });
    // Of the drawn rates: three updates of warm-up.
    expect(schedule.slice(0, 4).map(({ factor }) => factor)).toEqual([0, 1 / 3, 2 / 3, 1]);
    await handlers.previewTuning({ config: changed, shown: 'causal' });
    const longer = await preview(withChanges(changed, { training: { epochs: 9, max_steps: 0 } }));
    expect(longer.totalSteps).toBe(9 * first.stepsPerEpoch);
    expect(counted).toEqual(once);
  },
);

const dataChanges: readonly ConfigChanges[] = [
  { tokenizer: { max_length: 16 } },
  { dataset: { validation_strategy: 'automatic', validation_size: 0.5 } },
  { training: { train_validation_data: true } },
  { environment: { seed: 4 } },
];

test.each(dataChanges)('%j is a setting of the data: rows are read and encoded again', async (changes) => {
  const { run, counted, preview } = await opened('llama-lora', { tuning: { init_from: '' } });
  await preview(run.config);
  const before = { ...counted };
  await preview(withChanges(run.config, changes));
  expect(counted.encoded).toBeGreaterThan(before.encoded);
  expect(counted.read).toBeGreaterThan(before.read);
});

test('a preview for another task says what the model is then, and leaves the open one as it is', async () => {
  const { run, workshop, emit, handlers, preview } = await opened('llama-score-lora', {});
  const published = { ...workshop.model!, open: openWithHead(run.open, 'causal') };
  workshop.model = published;
  const { config } = run;
  const { model, states } = await handlers.previewTuning({ config, shown: 'causal' });
  expect(model?.parameters.map(({ name }) => name)).toContain('score.weight');
  expect(states).toHaveLength(model!.parameters.length);
  expect(
    (await handlers.select({ selector: { kind: 'contains', text: 'score', except: false }, config })).names,
  ).toEqual(['score.weight']);
  await preview(config);
  expect((await handlers.previewTuning({ config, shown: model!.head })).model).toBeNull();
  expect(workshop.model).toBe(published);
  expect(emit).not.toHaveBeenCalled();
});

test('a run that was looked at and warmed up for is begun without another plan', async () => {
  const changes: ConfigChanges = { training: { max_steps: 1 }, tuning: { init_from: '' }, environment: { seed: 1 } };
  const { run, workshop, preparation, emit, handlers } = await opened('llama-lora', changes);
  const executor = { ...referenceExecutor(), warm: async () => 3 };
  vi.spyOn(workshop.executors, 'executor').mockResolvedValue(executor);
  vi.spyOn(workshop.executors, 'profile').mockResolvedValue({ ...portable, memoryBudget: 2 ** 30 });
  vi.spyOn(workshop, 'runs').mockResolvedValue(memoryDirectory());
  const asked = vi.spyOn(preparation.planner, 'recomputed');
  const { config } = run;
  await handlers.estimate({ config });
  expect(preparation.planner.computed).toBe(1);
  expect(await handlers.warmUp({ config })).toEqual({ kernels: 3 });
  await handlers.startRun({ config });
  const ended = (phase: string) => expect.objectContaining({ phase });
  await vi.waitFor(() => expect(emit).toHaveBeenCalledWith('phase', ended('finished')), 20_000);
  expect(asked).toHaveBeenCalledTimes(2);
  expect(preparation.planner.computed).toBe(1);
});
