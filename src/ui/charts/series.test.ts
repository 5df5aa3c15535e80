import { expect, test } from 'vitest';
import type { StepMetrics } from '../../worker/protocol.ts';
import { chartPoints, extentOf, loggedSteps, maxPoints, minMaxIndices, seriesOf, smoothed, valueAt } from './series.ts';

const evalLossOf = ({ evalLoss }: StepMetrics) => evalLoss;

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

const lossOf = ({ loss }: StepMetrics) => loss;

test('a long run keeps its peaks and its ends in at most 300 points', () => {
  const run = metrics(100_000, (step) => (step === 54_321 ? 99 : 1 / step));
  const points = chartPoints(seriesOf(run, lossOf, { smooth: true }), evalLossOf);
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

test('smoothing goes on over what is no number, as before the first step', () => {
  expect([...smoothed([Number.NaN, 2, Number.NaN, 4], 0.5)]).toEqual([
    ...[Number.NaN, 2, Number.NaN],
    expect.closeTo((0.5 * 0.5 * 2 + 0.5 * 4) / 0.75, 12),
  ]);
});

test('a loss that is no number leaves a gap, not a zero', () => {
  const run = metrics(3, (step) => (step === 2 ? Number.NaN : 1));
  const points = chartPoints(seriesOf(run, lossOf, { smooth: false }), null);
  expect(points.map(({ raw }) => raw)).toEqual([1, null, 1]);
});

test('an update of a chart with 100,000 steps takes the processor less than a frame', () => {
  const run = metrics(100_000, (step) => 1 / step);
  const update = () => {
    const before = process.cpuUsage();
    chartPoints(seriesOf(run, lossOf, { smooth: true }), evalLossOf);
    return process.cpuUsage(before).user / 1000;
  };
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 20 && least > 16; tries++) least = Math.min(least, update());
  expect(least).toBeLessThanOrEqual(16);
});

test('smoothing can be set: none leaves every value as it is', () => {
  const run = metrics(50, (step) => step % 7);
  const points = chartPoints(seriesOf(run, lossOf, { smooth: true, weight: 0 }), null);
  expect(points.map(({ smooth }) => smooth)).toEqual(points.map(({ raw }) => raw));
});

test('zoomed in, every step comes back, on the curve of the whole run, and what is beyond the edge leaves through it', () => {
  const run = metrics(100_000, (step) => (step === 54_321 ? 99 : 1 / step));
  const series = seriesOf(run, lossOf, { smooth: true });
  const points = chartPoints(series, evalLossOf, { from: 54_300, to: 54_400 });
  expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 103 }, (_, index) => 54_299 + index));
  expect(points.every(({ step, smooth }) => smooth === valueAt(series, step))).toBe(true);
  const wide = chartPoints(series, evalLossOf, { from: 50_000, to: 60_000 });
  expect(wide.length).toBeLessThanOrEqual(maxPoints);
  expect(wide.some(({ raw }) => raw === 99)).toBe(true);
  expect(wide.filter(({ validation }) => validation !== null).map(({ step }) => step)).toContain(50_000);
  expect([wide[0]?.step, wide.at(-1)?.step]).toEqual([49_999, 60_001]);
});

test('the axis of values fits what is in sight; a logarithmic one leaves out 0 and less', () => {
  const points = chartPoints(
    seriesOf(
      metrics(10, (step) => step - 5),
      lossOf,
      { smooth: false },
    ),
    null,
  );
  expect(extentOf(points, { from: 2, to: 8 }, false)).toEqual([-3, 3]);
  expect(extentOf(points, { from: 2, to: 8 }, true)).toEqual([1, 3]);
  expect(extentOf([], { from: 0, to: 1 }, false)).toEqual([0, 1]);
});

test('a step that a run has no point for has no value there', () => {
  const series = seriesOf(
    loggedSteps(
      metrics(20, (step) => step),
      5,
    ),
    lossOf,
    { smooth: false },
  );
  expect([5, 6, 20, 21].map((step) => valueAt(series, step))).toEqual([5, null, 20, null]);
});
