import { expect, test, vi } from 'vitest';
import type { Table } from '../data/table.ts';
import { type ConfigChanges, goldenRun, withChanges } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { createTraining } from '../training/run/trainer.ts';
import { openWithHead } from '../training/session/open-model.ts';

// A browser's, which the profile of its processor asks for; older Node has none.
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { previewHandlers } = await import('./preview-handlers.ts');
const { taskFitter } = await import('./fitted-model.ts');
const { Workshop } = await import('./workshop.ts');

/** A worker in which the model and the table of a golden run are open; `encoded` counts texts that become tokens. */
async function opened(name: string, changes: ConfigChanges) {
  const run = await goldenRun(name, changes);
  const counted = { encoded: 0 };
  const encode = (text: string) => {
    counted.encoded++;
    return run.tokenizer.encode(text);
  };
  const emit = vi.fn();
  const workshop = new Workshop(emit);
  const tokenizer = { ...run.tokenizer, encode };
  workshop.model = { source: { kind: 'example' }, name, open: run.open, tokenizer };
  workshop.table = { name: 'data.csv', blobs: [], table: run.tables.training as Table };
  const handlers = previewHandlers(workshop, taskFitter(workshop));
  return { run, counted, workshop, emit, handlers, preview: (config: RunConfig) => handlers.previewData({ config }) };
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

test('a learning rate encodes no row again, and a shorter limit does', async () => {
  const { run, counted, preview } = await opened('llama-lora', { tuning: { init_from: '' } });
  const first = await preview(run.config);
  expect(first.problem).toBeNull();
  const once = counted.encoded;
  expect(once).toBeGreaterThan(0);
  const second = await preview(withChanges(run.config, { training: { learning_rate: 0.5 }, tuning: { lora_r: 2 } }));
  expect(counted.encoded).toBe(once);
  expect(second).toEqual(first);
  await preview(withChanges(run.config, { tokenizer: { max_length: 16 } }));
  expect(counted.encoded).toBeGreaterThan(once);
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
