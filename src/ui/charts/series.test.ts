import { expect, test } from 'vitest';
import type { StepMetrics } from '../../worker/protocol.ts';
import { chartPoints, loggedSteps, maxPoints, minMaxIndices, smoothed } from './series.ts';

const metrics = (count: number, loss: (step: number) => number): StepMetrics[] =>
  Array.from({ length: count }, (_, index) => ({
    step: index + 1,
    epoch: 0,
    loss: loss(index + 1),
    learningRate: 1e-3,
    gradNorm: 1,
    tokens: 0,
    ...(index % 1000 === 999 ? { evalLoss: 0.5 } : {}),
  }));

test('a long run keeps its peaks and its ends in at most 300 points', () => {
  const run = metrics(100_000, (step) => (step === 54_321 ? 99 : 1 / step));
  const points = chartPoints(run, ({ loss }) => loss, { smooth: true, validation: true });
  expect(points.length).toBeLessThanOrEqual(maxPoints);
  expect(points.some(({ raw }) => raw === 99)).toBe(true);
  expect(points[0]?.step).toBe(1);
  expect(points.at(-1)?.step).toBe(100_000);
  expect(points.filter(({ validation }) => validation === 0.5).length).toBeGreaterThan(20);
});

test('logging_steps leaves every so many steps, those that were evaluated, and the newest', () => {
  const run = metrics(2007, (step) => step);
  expect(loggedSteps(run, 1)).toBe(run);
  const steps = loggedSteps(run, 300).map(({ step }) => step);
  expect(steps).toEqual([300, 600, 900, 1000, 1200, 1500, 1800, 2000, 2007]);
});

test('a short run is drawn as it is', () => {
  expect(minMaxIndices([3, 1, 2], 300)).toEqual([0, 1, 2]);
});

test('smoothing starts at the first value and follows a constant exactly', () => {
  expect([...smoothed([4, 4, 4], 0.9)].map((value) => Number(value.toFixed(12)))).toEqual([4, 4, 4]);
  expect(smoothed([2, 4], 0.5)[1]).toBeCloseTo((0.5 * 0.5 * 2 + 0.5 * 4) / 0.75, 12);
});

test('a loss that is no number leaves a gap, not a zero', () => {
  const points = chartPoints(
    metrics(3, (step) => (step === 2 ? Number.NaN : 1)),
    ({ loss }) => loss,
    { smooth: false, validation: false },
  );
  expect(points.map(({ raw }) => raw)).toEqual([1, null, 1]);
});

test('an update of a chart with 100,000 steps takes the processor less than a frame', () => {
  const run = metrics(100_000, (step) => 1 / step);
  const update = () => {
    const before = process.cpuUsage();
    chartPoints(run, ({ loss }) => loss, { smooth: true, validation: true });
    return process.cpuUsage(before).user / 1000;
  };
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 20 && least > 16; tries++) least = Math.min(least, update());
  expect(least).toBeLessThanOrEqual(16);
});

test('smoothing can be set: none leaves every value as it is', () => {
  const points = chartPoints(
    metrics(50, (step) => step % 7),
    ({ loss }) => loss,
    { smooth: true, validation: false, weight: 0 },
  );
  expect(points.map(({ smooth }) => smooth)).toEqual(points.map(({ raw }) => raw));
});
