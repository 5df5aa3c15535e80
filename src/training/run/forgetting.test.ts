import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { readMetrics } from '../../files/runs.ts';
import type { TextModel } from '../../models/model.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { generalBatches } from '../programs/general-texts.ts';
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

test('a run that is killed after an evaluation beyond its limit ends when it is taken up; one that has ended goes on', async () => {
  const { adapter: _, ...options } = await goldenRun('llama-lora', {
    ...{ ...checked, tuning: { init_from: '' } },
    training: { ...checked.training, forgetting_limit: 1e-7 },
  });
  const train = (run: ReturnType<typeof memoryDirectory>, resume: boolean) =>
    createTraining({ ...options, executor: referenceExecutor(), run, resume }).start();
  const run = memoryDirectory();
  const killed: typeof run = {
    ...run,
    async write(path, parts) {
      if (path === 'outcome.json') throw new Error('killed');
      await run.write(path, parts);
    },
  };
  await expect(train(killed, false)).rejects.toThrow('killed');
  const [{ step }] = (await readMetrics(run)).slice(-1) as [{ step: number }];
  expect(step).toBeLessThan(6);
  expect(await train(run, true)).toMatchObject({ reason: 'stopped-early', step });
  expect((await train(run, true)).step).toBeGreaterThan(step);
});

test('of a base in 4 bits what is remembered is the quantised model, and what quantising costs is not counted', async () => {
  const at = async (weights: 'as-published' | 'int4') => {
    const { adapter: _, ...options } = await goldenRun('llama-lora', {
      ...{ ...checked, tuning: { init_from: '' }, model: { weights } },
    });
    return (await readAt(options, [1]))[0]!;
  };
  const [published, quantised] = [await at('as-published'), await at('int4')];
  expect(quantised.step).toBe(0);
  expect(Math.abs(quantised.divergence)).toBeLessThan(1e-9);
  expect(Math.abs(Number(quantised.base) / Number(published.base) - 1)).toBeGreaterThan(1e-4);
});

test('of a long text 129 tokens are read and 128 predicted', async () => {
  const general_texts = ['the red dog sings near a river '.repeat(40)];
  const { open, config, tokenizer } = await goldenRun('llama-lora', { ...checked, logging: { general_texts } });
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const ids = [...tokenizer.encodeWithSpecial(general_texts[0]!)];
  expect(ids.length).toBeGreaterThan(200);
  const { batches } = generalBatches(open.model as TextModel, tuning, tokenizer, config);
  expect(batches.map(({ scoredTokens }) => scoredTokens)).toEqual([128]);
  expect([...batches[0]!.ids]).toEqual(ids.slice(0, 128));
  expect([...batches[0]!.labels]).toEqual(ids.slice(1, 129));
});

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
