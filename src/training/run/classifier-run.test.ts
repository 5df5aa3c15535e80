import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { readMetrics } from '../../files/runs.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { classifyTokens } from '../results/classify.ts';
import { openModel } from '../session/open-model.ts';
import { freshValues } from '../session/start-values.ts';
import type { TrainingEvent } from './events.ts';
import { createTraining } from './trainer.ts';

const validated = {
  dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  training: { max_steps: 4, evaluate_before_training: true },
} as const;

test('a run that learns classes is scored before and after, and writes the scores down', {
  timeout: 30_000,
}, async () => {
  const evaluations: Extract<TrainingEvent, { kind: 'evaluation' }>[] = [];
  const run = memoryDirectory();
  const training = createTraining({
    ...(await goldenRun('bert-lora', validated)),
    executor: referenceExecutor(),
    run,
    onEvent: (event) => event.kind === 'evaluation' && evaluations.push(event),
  });
  await training.start();
  expect(training.data.labels?.names).toEqual(['animal', 'colour', 'other']);
  expect(evaluations.length).toBeGreaterThan(1);
  for (const { loss, scores } of evaluations) {
    if (!scores || !('logLoss' in scores)) throw new Error('an evaluation has no scores');
    // The one is summed by the loss in the graph, the other made from the logits.
    expect(scores.logLoss).toBeCloseTo(loss, 5);
  }
  const records = (await readMetrics(run)).filter(({ eval_loss }) => eval_loss !== undefined);
  expect(records.map(({ eval_log_loss }) => Number(eval_log_loss).toFixed(5))).toEqual(
    records.map(({ eval_loss }) => Number(eval_loss).toFixed(5)),
  );
  expect(records.every(({ eval_accuracy }) => typeof eval_accuracy === 'number')).toBe(true);
});

test('the base side of a run is the published model with the head as it was drawn', { timeout: 30_000 }, async () => {
  const options = await goldenRun('bert-full', { training: { max_steps: 3 } });
  const training = createTraining({ ...options, executor: referenceExecutor() });
  const before = createTraining({
    ...(await goldenRun('bert-full', { training: { epochs: 0, max_steps: 0 } })),
    executor: referenceExecutor(),
  });
  await training.start();
  await before.start();
  const ids = [{ ids: [2, 65, 11, 3] }];
  const [base] = await classifyTokens(training.model, ids, 'base');
  expect(base).toEqual((await classifyTokens(before.model, ids, 'tuned'))[0]);
  expect(base).not.toEqual((await classifyTokens(training.model, ids, 'tuned'))[0]);
});

test('a fresh head has the deviation of initializer_range, and the same values for the same seed only', async () => {
  const { open } = await goldenRun('bert-lora');
  const values = freshValues(open.model, 'classifier.weight', 1);
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  // 96 draws of N(0, 0.2²): the standard error of the variance is 0.0058.
  expect(Math.abs(variance - 0.04)).toBeLessThan(0.03);
  expect(freshValues(open.model, 'classifier.weight', 1)).toEqual(values);
  expect(freshValues(open.model, 'classifier.weight', 2)).not.toEqual(values);
  expect([...freshValues(open.model, 'classifier.bias', 1)]).toEqual([0, 0, 0]);
});

test('an encoder opened for writing, and a prompt learned for a decoder that classifies, are refused by name', async () => {
  const { open } = await goldenRun('bert-lora');
  await expect(openModel(open.files, 'causal')).rejects.toMatchObject({ code: 'task-unsupported' });
  const options = await goldenRun('llama-score-lora', { tuning: { method: 'prompt', init_from: '' } });
  expect(() => createTraining({ ...options, executor: referenceExecutor() })).toThrow(
    expect.objectContaining({ code: 'setting-unsupported' }),
  );
});
