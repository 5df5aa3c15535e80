import { describe, expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { loadCheckpoint, readMetrics, saveCheckpoint } from '../../files/runs.ts';
import type { Outputs, Session } from '../../plan/executor.ts';
import { goldenNames, goldenRun, recorder } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainableParameters } from '../../tuning/tuning.ts';
import { readFloats } from './checkpoint.ts';
import type { TrainingEvent } from './events.ts';
import { createTraining, type Training, type TrainingOptions } from './trainer.ts';
import type { TrainingState } from './training-state.ts';

/** The mean over tokens of PyTorch's f32 run; float64 stays within its rounding. */
const tolerance = 1e-3;

describe.each(goldenNames)('%s', (name) => {
  test('a run has the losses, gradient norms and learning rates of PEFT', async () => {
    const { expected, ...options } = await goldenRun(name);
    const { onEvent, steps } = recorder();
    const training = createTraining({ ...options, executor: referenceExecutor(), onEvent });
    expect(await training.start()).toMatchObject({ reason: 'finished', step: expected.losses.length });
    expect(steps.map(({ step }) => step)).toEqual(expected.losses.map((_, index) => index + 1));
    steps.forEach(({ loss, gradNorm, learningRate }, index) => {
      expect(Math.abs(loss / expected.losses[index]! - 1)).toBeLessThan(tolerance);
      expect(Math.abs(gradNorm / expected.grad_norms[index]! - 1)).toBeLessThan(tolerance);
      expect(learningRate).toBeCloseTo(expected.learning_rates[index]!, 10);
    });
  });
});

async function trainedValues({ model, tuning }: Training): Promise<Float32Array[]> {
  const names = trainableParameters(model.open.model, tuning).map(({ name }) => name);
  return Promise.all(names.flatMap((name) => [name, `moment2/${name}`]).map((name) => readFloats(model.session, name)));
}

const dropout = { tuning: { lora_dropout: 0.3 } } as const;

test.each(['as-published', 'nf4', 'int4'] as const)(
  'ten steps, a fresh start from the checkpoint and ten more are bitwise twenty without a break: %s',
  async (weights) => {
    const options = await goldenRun('llama-lora', { ...dropout, model: { weights }, training: { shuffle: true } });
    const whole = createTraining({ ...options, executor: referenceExecutor(), run: memoryDirectory() });
    await whole.start();

    const run = memoryDirectory();
    const first = createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 10 });
    expect(await first.start()).toMatchObject({ reason: 'stopped', step: 10 });
    const { adapter: _, ...withoutAdapter } = options;
    const second = createTraining({ ...withoutAdapter, executor: referenceExecutor(), run, resume: true });
    expect(await second.start()).toMatchObject({ reason: 'finished', step: 20 });

    expect(await trainedValues(second)).toEqual(await trainedValues(whole));
    const steps = (await readMetrics(run)).map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  },
);

test('a run of int4 from before its head took 8 bits goes on with no other head', async () => {
  const options = await goldenRun('llama-lora', { model: { weights: 'int4' } });
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 2 }).start();
  const { step, state, weights } = (await loadCheckpoint(run))!;
  const { headInEightBits, ...before } = state as TrainingState;
  expect(headInEightBits).toBe('lm_head.weight');
  const tensors = [...weights.tensors].map(([name, { shape }]) => ({
    ...{ name, shape, data: () => weights.readFloats(name) },
  }));
  await saveCheckpoint(run, step, tensors, before);
  const resumed = createTraining({ ...options, executor: referenceExecutor(), run, resume: true });
  await expect(resumed.start()).rejects.toThrow('it was made when int4 kept the head as published');
  expect((await readMetrics(run)).map((record) => record.step)).toEqual([1, 2]);
});

test('a run ends at the share of its learning rate that min_learning_rate_ratio says', async () => {
  const schedule = { schedule: 'Linear', warmup_steps: 0, min_learning_rate_ratio: 0.5 } as const;
  const options = await goldenRun('llama-lora', { training: { max_steps: 4, ...schedule } });
  const { onEvent, steps } = recorder();
  await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
  const rate = options.config.training.learning_rate;
  // Linear from 1 to 0.5 over four updates.
  for (const [step, { learningRate }] of steps.entries()) expect(learningRate).toBeCloseTo(rate * (1 - step / 8), 12);
});

test('dropout changes the run, and the same seed repeats it', async () => {
  const losses = async (seed: number) => {
    const options = await goldenRun('qwen2-lora', { ...dropout, environment: { seed }, training: { max_steps: 4 } });
    const { onEvent, steps } = recorder();
    await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
    return steps.map(({ loss }) => loss);
  };
  const first = await losses(1);
  expect(await losses(1)).toEqual(first);
  expect(await losses(2)).not.toEqual(first);
});

test('a run that breaks off loses a few seconds at most, and goes on to the same end', async () => {
  const options = await goldenRun('llama-lora', dropout);
  const whole = createTraining({ ...options, executor: referenceExecutor() });
  await whole.start();
  const run = memoryDirectory();
  // A clock that passes two seconds a look makes every few steps a time to save.
  let seconds = 0;
  const now = () => {
    seconds += 2;
    return 1000 * seconds;
  };
  const broken = createTraining({ ...options, executor: spoiltAt(9), run, now });
  await expect(broken.start()).rejects.toMatchObject({ code: 'loss-not-finite' });
  expect((await run.list('checkpoints')).length).toBeGreaterThan(0);
  const rest = createTraining({ ...options, executor: referenceExecutor(), run, resume: true });
  await rest.start();
  expect(await trainedValues(rest)).toEqual(await trainedValues(whole));
});

test('a checkpoint of other data is refused', async () => {
  const run = memoryDirectory();
  const options = await goldenRun('llama-lora', { training: { max_steps: 2 } });
  await createTraining({ ...options, executor: referenceExecutor(), run }).start();
  const tables = { training: { ...options.tables.training, rows: options.tables.training.rows.slice(2) } };
  const resumed = createTraining({ ...options, tables, executor: referenceExecutor(), run, resume: true });
  await expect(resumed.start()).rejects.toMatchObject({ code: 'checkpoint-invalid' });
});

test('validation rows are evaluated each epoch and at the end', async () => {
  const run = memoryDirectory();
  const options = await goldenRun('llama-lora', {
    dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
    training: { max_steps: 13, batch_size: 3, grad_accumulation: 1, evaluate_before_training: true },
  });
  const { onEvent, steps, phases } = recorder();
  const counted: (number | undefined)[] = [];
  const listen = (event: TrainingEvent) => {
    onEvent(event);
    if (event.kind === 'phase' && event.phase === 'evaluating') counted.push(event.step);
  };
  const training = createTraining({ ...options, executor: referenceExecutor(), run, onEvent: listen });
  const { evalLoss } = await training.start();
  const { stepsPerEpoch } = training.data.train;
  const evaluated = steps.filter((metrics) => metrics.evalLoss !== undefined).map(({ step }) => step);
  expect(stepsPerEpoch).toBe(6);
  expect(evaluated).toEqual([0, 6, 12, 13]);
  expect(counted, 'the phase says which step is evaluated').toEqual(evaluated);
  expect(steps.at(-1)!.evalLoss).toBe(evalLoss);
  expect(phases).toEqual(expect.arrayContaining(['loading', 'preparing-kernels', 'first-step', 'evaluating']));
  const records = await readMetrics(run);
  expect(records[0]).toMatchObject({ step: 0, eval_loss: expect.any(Number) });
  expect(Object.keys(records.at(-1)!)).toEqual([
    'step',
    'epoch',
    'loss',
    'learning_rate',
    'grad_norm',
    'tokens',
    'eval_loss',
    'time',
  ]);
});

test('the validation loss is weighted by tokens: it does not depend on how the rows are batched', async () => {
  const evaluated = async (eval_batch_size: number) => {
    const options = await goldenRun('llama-lora', {
      dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
      training: { epochs: 0, max_steps: 0 },
      logging: { eval_batch_size },
    });
    const { evalLoss } = await createTraining({ ...options, executor: referenceExecutor() }).start();
    return evalLoss!;
  };
  const alone = await evaluated(1);
  expect(alone).toBeGreaterThan(0);
  expect(await evaluated(4)).toBeCloseTo(alone, 5);
});

test('a paused run saves, waits, and goes on when it is told to', async () => {
  const options = await goldenRun('llama-lora', { training: { max_steps: 6 } });
  const run = memoryDirectory();
  const { onEvent, steps, phases } = recorder();
  const training: Training = createTraining({
    ...options,
    executor: referenceExecutor(),
    run,
    onEvent(event) {
      onEvent(event);
      if (event.kind === 'step' && event.metrics.step === 2) training.pause();
      if (event.kind === 'phase' && event.phase === 'paused') setTimeout(() => training.resume(), 10);
    },
  });
  await training.start();
  expect(phases).toContain('paused');
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('stopping saves what was done, and nothing is lost by stopping twice', async () => {
  const options = await goldenRun('llama-lora');
  const run = memoryDirectory();
  const training: Training = createTraining({
    ...options,
    executor: referenceExecutor(),
    run,
    onEvent: (event) => event.kind === 'step' && event.metrics.step === 3 && training.stop(),
  });
  const { reason, step } = await training.start();
  expect(reason).toBe('stopped');
  expect(await run.exists(`checkpoints/step-${String(step).padStart(8, '0')}.safetensors`)).toBe(true);
});

test('two runs are in flight while training, never more: the device always has work and the queue stays short', async () => {
  const executor = referenceExecutor();
  let [out, most] = [0, 0];
  const createSession = (): Session => {
    const session = executor.createSession();
    const run: Session['run'] = (program, feeds) => {
      out++;
      most = Math.max(most, out);
      return session.run(program, feeds).finally(() => {
        out--;
      });
    };
    return { ...session, run };
  };
  const options = await goldenRun('qwen2-lora', { training: { max_steps: 4, grad_accumulation: 3 } });
  await createTraining({ ...options, executor: { ...executor, createSession } }).start();
  expect({ out, most }).toEqual({ out: 0, most: 2 });
});

test('validation rows of their own are evaluated, and all rows of the table are trained on', async () => {
  const options = await goldenRun('llama-lora', {
    dataset: { validation_strategy: 'custom', validation_dataframe: 'other.csv' },
    training: { max_steps: 1 },
  });
  const { training: table } = options.tables;
  const tables = { training: table, validation: { ...table, rows: table.rows.slice(0, 3) } };
  const training = createTraining({ ...options, tables, executor: referenceExecutor() });
  expect(training.data.trainExamples.examples).toHaveLength(table.rows.length);
  expect(training.data.validationRows).toHaveLength(3);
  expect((await training.start()).evalLoss).toBeGreaterThan(0);
});

/** An executor whose loss is spoilt at one update. */
function spoiltAt(step: number) {
  const executor = referenceExecutor();
  const createSession = (): Session => {
    const session = executor.createSession();
    let updates = 0;
    const spoil = (outputs: Outputs) =>
      ++updates === step ? { ...outputs, loss: Float32Array.of(Number.NaN) } : outputs;
    const run: Session['run'] = (program, feeds) =>
      program === 'update' ? session.run(program, feeds).then(spoil) : session.run(program, feeds);
    return { ...session, run };
  };
  return { ...executor, createSession };
}

test('a loss that is not finite ends the run with the step, and the last good checkpoint stays', async () => {
  const options = await goldenRun('llama-lora', { training: { max_steps: 8 } });
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 3 }).start();
  const spoilt = createTraining({ ...options, executor: spoiltAt(2), run, resume: true });
  await expect(spoilt.start()).rejects.toMatchObject({ code: 'loss-not-finite', params: { step: 5 } });
  expect((await run.list('checkpoints')).map(({ name }) => name)).toEqual(['step-00000003.safetensors']);
});

describe('bad input is refused before anything is uploaded', () => {
  async function refused(change: (options: TrainingOptions) => Partial<TrainingOptions>, code: string) {
    const executor = referenceExecutor();
    const options: TrainingOptions = { ...(await goldenRun('llama-lora')), executor };
    expect(() => createTraining({ ...options, ...change(options) })).toThrow(expect.objectContaining({ code }));
    expect(executor.writes).toEqual([]);
  }

  test('fewer rows than a batch', () =>
    refused(
      ({ tables }) => ({ tables: { training: { ...tables.training, rows: tables.training.rows.slice(0, 1) } } }),
      'rows-too-few',
    ));

  test('all answers empty', () =>
    refused(
      ({ tables, config }) => ({
        tables: { training: { ...tables.training, rows: tables.training.rows.map(([prompt]) => [prompt!, '']) } },
        config: { ...config, dataset: { ...config.dataset, add_eos_token_to_answer: false } },
      }),
      'answers-empty',
    ));

  test('nothing trained', () =>
    refused(
      ({ config }) => ({ config: { ...config, tuning: { ...config.tuning, lora_target_modules: [] } } }),
      'nothing-trained',
    ));

  test('a column that the data lacks', () =>
    refused(
      ({ config }) => ({ config: { ...config, dataset: { ...config.dataset, answer_column: 'reply' } } }),
      'column-missing',
    ));
});
