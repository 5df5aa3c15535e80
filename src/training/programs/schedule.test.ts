import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultRunConfig, type RunConfig } from '../config/run-config.ts';
import { drawnSchedule, learningRateFactor, type Schedule, totalSteps, updateHyper, warmupSteps } from './schedule.ts';

interface Golden {
  readonly cases: readonly {
    readonly schedule: Schedule['kind'];
    readonly warmup: number;
    readonly total: number;
    readonly factors: readonly number[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('golden/schedule.json', import.meta.url), 'utf8'));

test.each(golden.cases)('$schedule with $warmup of $total warm-up updates is that of transformers', (each) => {
  const schedule: Schedule = { kind: each.schedule, warmupSteps: each.warmup, totalSteps: each.total, minimum: 0 };
  each.factors.forEach((factor, step) => {
    expect(learningRateFactor(schedule, step)).toBeCloseTo(factor, 12);
  });
});

test('the schedule ends at the minimum ratio and starts at 1', () => {
  const schedule: Schedule = { kind: 'Cosine', warmupSteps: 0, totalSteps: 10, minimum: 0.2 };
  expect(learningRateFactor(schedule, 0)).toBe(1);
  expect(learningRateFactor(schedule, 10)).toBeCloseTo(0.2, 12);
});

const training = (changes: Partial<RunConfig['training']>): RunConfig['training'] => ({
  ...defaultRunConfig.training,
  ...changes,
});

test('max_steps replaces epochs, and a part of an epoch counts as a whole step', () => {
  expect(totalSteps(training({ epochs: 2.5 }), 3)).toBe(8);
  expect(totalSteps(training({ epochs: 2.5, max_steps: 60 }), 3)).toBe(60);
  expect(totalSteps(training({ epochs: 0 }), 3)).toBe(0);
});

test('warm-up is given in steps, or as a ratio of all, or in epochs', () => {
  expect(warmupSteps(training({ warmup_steps: 4, warmup_ratio: 0.5 }), 10, 100)).toBe(4);
  expect(warmupSteps(training({ warmup_ratio: 0.05, warmup_epochs: 3 }), 10, 90)).toBe(5);
  expect(warmupSteps(training({ warmup_epochs: 0.5 }), 9, 90)).toBe(5);
});

test('the first update has the bias corrections of t = 1, by the betas of the run', () => {
  const schedule: Schedule = { kind: 'Constant', warmupSteps: 0, totalSteps: 10, minimum: 0 };
  const hyper = updateHyper(training({ learning_rate: 1e-3, gradient_clip: 1 }), schedule, 0);
  [1e-3, 0.1, 0.001, 1].forEach((value, index) => {
    expect(hyper[index]).toBeCloseTo(value, 7);
  });
  const others = updateHyper(training({ adam_beta1: 0.8, adam_beta2: 0.95 }), schedule, 1);
  expect(others[1]).toBeCloseTo(1 - 0.8 ** 2, 7);
  expect(others[2]).toBeCloseTo(1 - 0.95 ** 2, 7);
});

test('what is drawn are factors that the run has, with the ends and the turn of the warm-up among them', () => {
  for (const [totalSteps, warmupSteps] of [
    [1, 0],
    [7, 2],
    [40, 40],
    [5000, 137],
  ] as const) {
    const schedule: Schedule = { kind: 'Cosine', warmupSteps, totalSteps, minimum: 0.1 };
    const points = drawnSchedule(schedule);
    expect(points.length).toBeLessThanOrEqual(203);
    expect([points[0]!.step, points.at(-1)!.step]).toEqual([1, totalSteps]);
    for (const { step, factor } of points) expect(factor).toBe(learningRateFactor(schedule, step - 1));
    const steps = points.map(({ step }) => step);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    if (warmupSteps < totalSteps) expect(Math.max(...points.map(({ factor }) => factor))).toBe(1);
  }
  expect(drawnSchedule({ kind: 'Linear', warmupSteps: 0, totalSteps: 0, minimum: 0 })).toEqual([]);
});
