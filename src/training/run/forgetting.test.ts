import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { readMetrics } from '../../files/runs.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { createTraining, type TrainingOptions } from './trainer.ts';

const general_texts = ['the red dog sings near a river', 'old and young', '', 'cold'];
const checked = {
  logging: { forgetting_check: true, general_texts },
  training: { max_steps: 6, batch_size: 2, evaluation_epochs: 0.2 },
} as const;

async function readAt(options: Omit<TrainingOptions, 'executor'>, steps: readonly number[]) {
  const run = memoryDirectory();
  for (const [index, stopAfter] of steps.entries())
    await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter, resume: index > 0 }).start();
  const records = await readMetrics(run);
  return records.flatMap(({ step, eval_loss, eval_general_divergence, ...others }) =>
    eval_general_divergence === undefined
      ? []
      : [{ step, eval_loss, divergence: Number(eval_general_divergence), base: others.eval_general_base_perplexity }],
  );
}

test.each(['llama-lora', 'gpt2-full', 'llama-prompt'])(
  'a run that is taken up again sees the same general texts, as it would have without a break: %s',
  async (name) => {
    const { adapter: _, ...options } = await goldenRun(name, { ...checked, tuning: { init_from: '' } });
    const whole = await readAt(options, [6]);
    expect(whole.length).toBeGreaterThan(2);
    expect(whole.at(-1)!.step).toBe(6);
    // No rows are held back: general texts are read all the same.
    expect(whole.map(({ eval_loss }) => eval_loss)).toEqual(whole.map(() => undefined));
    expect(whole.at(-1)!.divergence).toBeGreaterThan(1e-6);
    // What training changes is not the published model.
    expect(new Set(whole.map(({ base }) => base)).size).toBe(1);
    expect(await readAt(options, [3, 6])).toEqual(whole);
  },
);

test.each([
  ['none of the texts has two tokens', ['', 'a']],
  ['there are 257 texts, and at most 256 are read', Array.from({ length: 257 }, () => 'a red dog')],
])('texts are refused: %s', async (reason, general_texts) => {
  const { adapter: _, ...options } = await goldenRun('llama-lora', {
    logging: { forgetting_check: true, general_texts },
    tuning: { init_from: '' },
  });
  expect(() => createTraining({ ...options, executor: referenceExecutor() })).toThrowError(
    expect.objectContaining({ code: 'run-config-invalid', message: expect.stringContaining(reason) }),
  );
});
