import { expect, test } from 'vitest';
import type { StepMetrics } from '../../worker/protocol.ts';
import { bestStep, epochMarks, growingEnd } from './marks.ts';

const run = (steps: number, perEpoch: number, evalLoss?: (step: number) => number | undefined): StepMetrics[] =>
  Array.from({ length: steps }, (_, index) => {
    const loss = evalLoss?.(index + 1);
    return {
      step: index + 1,
      epoch: (index + 1) / perEpoch,
      loss: 1,
      learningRate: 1e-3,
      gradNorm: 1,
      tokens: 0,
      ...(loss === undefined ? {} : { evalLoss: loss }),
    };
  });

test('epochs are marked at the step that ends them', () => {
  expect(epochMarks(run(60, 23), { from: 0, to: 60 }, 12)).toEqual([
    { step: 23, epoch: 1 },
    { step: 46, epoch: 2 },
  ]);
  // A third of an epoch three times is one rounding short of it.
  expect(epochMarks(run(9, 3), { from: 0, to: 9 }, 12).map(({ step }) => step)).toEqual([3, 6, 9]);
  expect(epochMarks(run(5, 100), { from: 0, to: 5 }, 12)).toEqual([]);
  expect(epochMarks([], { from: 0, to: 5 }, 12)).toEqual([]);
});

test('many epochs are thinned out evenly, and come back where the chart is zoomed', () => {
  const metrics = run(100_000, 500);
  const all = epochMarks(metrics, { from: 0, to: 100_000 }, 12);
  expect(all.map(({ epoch }) => epoch)).toEqual([20, 40, 60, 80, 100, 120, 140, 160, 180, 200]);
  expect(all[0]?.step).toBe(10_000);
  expect(epochMarks(run(60, 20), { from: 0, to: 20_000 }, 12)).toEqual([]);
  const zoomed = epochMarks(metrics, { from: 10_200, to: 12_200 }, 12);
  expect(zoomed.map(({ epoch }) => epoch)).toEqual([21, 22, 23, 24]);
});

test('the best step is the first of the lowest validation losses, where there is more than one', () => {
  const losses: Readonly<Record<number, number>> = { 10: 0.9, 20: 0.4, 30: 0.4, 40: 0.7 };
  expect(bestStep(run(50, 10, (step) => losses[step]))).toEqual({ step: 20, loss: 0.4 });
  expect(bestStep(run(50, 10, (step) => (step === 10 ? 1 : undefined)))).toBeNull();
  expect(bestStep(run(50, 10, (step) => (step > 48 ? Number.NaN : undefined)))).toBeNull();
});

test('the axis of a growing run ends a little beyond it, seldom changes, and never passes the end of the run', () => {
  expect([1, 10, 11, 15, 16, 59, 60, 101].map((step) => growingEnd(step, 1000))).toEqual([
    10, 10, 15, 15, 20, 60, 60, 150,
  ]);
  expect(growingEnd(3, 6)).toBe(6);
  expect(growingEnd(55, 57)).toBe(57);
  expect(growingEnd(7, 0)).toBe(10);
});
