import { expect, test } from 'vitest';
import type { Batches } from '../../data/batches.ts';
import { workSeconds } from '../../plan/cost.ts';
import { desktop } from '../../plan/profile.ts';
import { workOf } from '../../plan/rates.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { parseRunConfig } from '../config/run-config.ts';
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
