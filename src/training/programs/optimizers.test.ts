import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { desktop } from '../../plan/profile.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { parseRunConfig, type RunConfig, settings } from '../config/run-config.ts';
import { savedBuffers } from '../run/checkpoint.ts';
import { createTraining, type Training } from '../run/trainer.ts';
import { planRun } from '../session/plan-run.ts';

type OptimizerName = RunConfig['training']['optimizer'];

const goldenOf: Readonly<Record<string, string>> = {
  AdamW8bit: 'llama-adamw8bit',
  Adam: 'llama-adam',
  SGD: 'llama-sgd',
  RMSprop: 'llama-rmsprop',
  Adadelta: 'llama-adadelta',
};

async function buffersOf({ model, tuning, config }: Training): Promise<Uint8Array[]> {
  const buffers = savedBuffers(model.open.model, tuning, config.training);
  return Promise.all(buffers.map(({ name }) => model.session.read(name)));
}

describe.each(Object.entries(goldenOf))('%s', (_optimizer, name) => {
  test('broken off and gone on with ends at the same bits, states and weights', async () => {
    const options = await goldenRun(name, { training: { max_steps: 8 } });
    const whole = createTraining({ ...options, executor: referenceExecutor() });
    await whole.start();
    const run = memoryDirectory();
    await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 3 }).start();
    const rest = createTraining({ ...options, executor: referenceExecutor(), run, resume: true });
    await rest.start();
    expect(await buffersOf(rest)).toEqual(await buffersOf(whole));
  });
});

test('a checkpoint without the states of the optimizer is refused', async () => {
  const run = memoryDirectory();
  const begun = await goldenRun('llama-sgd', { training: { max_steps: 2 } });
  await createTraining({ ...begun, executor: referenceExecutor(), run }).start();
  const other = await goldenRun('llama-sgd', { training: { max_steps: 4, optimizer: 'RMSprop' } });
  const resumed = createTraining({ ...other, executor: referenceExecutor(), run, resume: true });
  await expect(resumed.start()).rejects.toMatchObject({ code: 'checkpoint-invalid' });
});

describe('the plan of Qwen2.5-0.5B trained whole', () => {
  const json = JSON.parse(readFileSync(new URL('../../models/golden/qwen2.5-0.5b.json', import.meta.url), 'utf8'));
  const model = modelFromConfig(json);

  /** Bytes of the optimizer's states a byte of trained weights. */
  const stateShare = (optimizer: OptimizerName): number => {
    const config = parseRunConfig({
      dataset: { validation_strategy: 'none' },
      tokenizer: { max_length: 32 },
      tuning: { method: 'full' },
      training: { batch_size: 1, optimizer },
    });
    const { optimizer: states, trained } = planRun(config, { model, dtypes: () => 'bf16', profile: desktop }).step
      .peakByKind;
    return states / trained;
  };

  test.each<[OptimizerName, number]>([
    ['AdamW', 2],
    ['Adam', 2],
    ['AdamW8bit', 130 / 256],
    ['SGD', 1],
    ['RMSprop', 2],
    ['Adadelta', 2],
  ])('has for %s states of %d times the size of the weights', (optimizer, share) => {
    // What is padded, and biases and norms, whose moments are never codes.
    expect(Math.abs(stateShare(optimizer) / share - 1)).toBeLessThan(1e-3);
  });
});

test('the codes of many matrices are updated in a few dispatches', () => {
  const json = JSON.parse(readFileSync(new URL('../../models/golden/qwen2.5-0.5b.json', import.meta.url), 'utf8'));
  const config = parseRunConfig({
    dataset: { validation_strategy: 'none' },
    tokenizer: { max_length: 32 },
    tuning: { lora_r: 16, lora_target_modules: 'all-linear' },
    training: { batch_size: 1, optimizer: 'AdamW8bit' },
  });
  const { update } = planRun(config, { model: modelFromConfig(json), dtypes: () => 'bf16', profile: desktop });
  // 336 matrices, of which the 48 B of keys and values are small: their moments are whole, and each is updated alone.
  expect(update.dispatches - 48).toBeLessThan(10);
});

test('docs/methods.md names a case of every optimizer beside the usual one', () => {
  const page = readFileSync(new URL('../../../docs/methods.md', import.meta.url), 'utf8');
  const rows = page.slice(page.indexOf('| `training.optimizer` |')).split('\n\n')[0]!.split('\n').slice(2);
  const cases = Object.fromEntries(
    rows.map((row) => row.slice(2, -2).split(' | ')).map((cells) => [cells[0], cells.at(-1)]),
  );
  expect(Object.keys(cases).sort()).toEqual([...settings.training.optimizer.choices!].sort());
  expect(cases).toMatchObject(goldenOf);
});
