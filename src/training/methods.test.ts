import { expect, test } from 'vitest';
import { referenceExecutor } from './reference-executor.ts';
import { type ConfigChanges, goldenRun, recorder } from './test-run.ts';
import { createTraining } from './trainer.ts';

/** The losses of a golden run that starts from a fresh adapter. */
async function freshLosses(name: string, tuning: ConfigChanges['tuning'], steps = 1): Promise<number[]> {
  const { adapter: _, ...options } = await goldenRun(name, {
    tuning: { ...tuning, init_from: '' },
    training: { max_steps: steps, warmup_steps: 0 },
  });
  const { onEvent, steps: seen } = recorder();
  await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
  return seen.map(({ loss }) => loss);
}

test.each(['llama-dora', 'gpt2-dora'])('%s starts at the base model, with dropout and without', async (name) => {
  const [base] = await freshLosses(name, { use_dora: false });
  expect((await freshLosses(name, {}))[0]).toBeCloseTo(base!, 6);
  expect((await freshLosses(name, { lora_dropout: 0.4 }))[0]).toBeCloseTo(base!, 6);
});

test('dropout of DoRA changes what is learned', async () => {
  const kept = await freshLosses('llama-dora', {}, 4);
  const dropped = await freshLosses('llama-dora', { lora_dropout: 0.4 }, 4);
  expect(Math.abs(kept[3]! - dropped[3]!)).toBeGreaterThan(1e-4);
});
