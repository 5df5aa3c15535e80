import { expect, test } from 'vitest';
import type { Batches } from '../../data/batches.ts';
import { workSeconds } from '../../plan/cost.ts';
import { desktop } from '../../plan/profile.ts';
import { workOf } from '../../plan/rates.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { parseRunConfig, type RunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun } from './plan-run.ts';
import { runTime } from './run-time.ts';

const tiny = {
  ...{ model_type: 'llama', hidden_size: 32, intermediate_size: 64, num_attention_heads: 4 },
  ...{ num_hidden_layers: 2, vocab_size: 1000 },
};

const batches = (count: number): Batches => {
  const sizes = { batchesPerEpoch: count, stepsPerEpoch: count, rowsPerEpoch: count };
  return { ...sizes, lengthAt: () => 64, scoredAt: () => 32 } as Partial<Batches> as Batches;
};

test('what is read of pairs before training is in the time of a run, once for every row and held-out row', () => {
  const run = parseRunConfig({
    dataset: { problem_type: 'preference' },
    tokenizer: { max_length: 64 },
    training: { max_steps: 3, batch_size: 1 },
    logging: { number_of_texts: 0 },
  });
  const plan = planRun(run, { ...modelFromConfigAlone(tiny, run), profile: desktop });
  const secondsOf = (learned: number, scale = 1) => {
    const rows = { train: batches(5), validation: batches(2), validationRows: [] };
    const data = { ...rows, everyRow: () => batches(learned) } as Partial<PreparedData> as PreparedData;
    return runTime(plan, run, desktop, { data, scale }).total!;
  };
  const one = workSeconds(workOf(plan.reference!), desktop);
  expect(one).toBeGreaterThan(0);
  expect(secondsOf(15) - secondsOf(5)).toBeCloseTo(10 * one, 9);
  expect(secondsOf(5, 3) - secondsOf(5)).toBeCloseTo(10 * one, 9);
});

test('general texts are in the time of a run that checks what it forgets, and in its memory', () => {
  const configOf = (forgetting_check: boolean, general_texts: readonly string[] = []) =>
    parseRunConfig({
      tokenizer: { max_length: 64 },
      training: { max_steps: 10, batch_size: 4, evaluation_epochs: 1 },
      logging: { number_of_texts: 0, forgetting_check, general_texts },
      tuning: { method: 'full' },
    });
  const published = (run: RunConfig) => ({
    ...modelFromConfigAlone({ ...tiny, dtype: 'bfloat16' }, run),
    profile: desktop,
  });
  const planOf = (run: RunConfig) => planRun(run, published(run));
  const data = {
    train: batches(5),
    validation: batches(2),
    validationRows: [],
  } as Partial<PreparedData> as PreparedData;
  const secondsOf = (run: RunConfig) => runTime(planOf(run), run, desktop, { data }).total!;
  const [without, checked] = [configOf(false), configOf(true)];
  const plan = planOf(checked);
  expect(planOf(without).general).toBeNull();
  // 48 texts, four a batch: once with the published model, before training, and at two evaluations.
  const { base, tuned } = plan.general!;
  expect(plan.general!.batches).toBe(12);
  const expected = 12 * (workSeconds(workOf(base), desktop) + 3 * workSeconds(workOf(tuned), desktop));
  expect(secondsOf(checked) - secondsOf(without)).toBeGreaterThan(expected);
  const more = secondsOf(configOf(true, Array(20).fill('one'))) - secondsOf(configOf(true, Array(4).fill('one')));
  expect(more).toBeCloseTo((4 * expected) / 12, 9);
  // In full fine-tuning the published weights stand beside the trained ones.
  const weights = plan.step.peakByKind.weight - planOf(without).step.peakByKind.weight;
  expect(weights).toBeGreaterThanOrEqual(2 * plan.totalParameters);
  expect(weights).toBeLessThan(2.5 * plan.totalParameters);
});

test('a model that does not write has no general texts to forget', () => {
  const run = parseRunConfig({
    dataset: { problem_type: 'classification', num_classes: 3 },
    logging: { forgetting_check: true },
  });
  const plan = planRun(run, { ...modelFromConfigAlone(tiny, run), profile: desktop });
  expect(plan.general).toBeNull();
});
