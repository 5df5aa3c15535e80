import { expect, test } from 'vitest';
import { linearAxis, logarithmicAxis, niceStep, stepTicks, tickText } from './ticks.ts';

const gaps = (ticks: readonly number[]) =>
  new Set(ticks.slice(1).map((tick, index) => (tick - ticks[index]!).toFixed(9)));

test('steps are marked at even distances, by whole numbers, inside the axis', () => {
  expect(stepTicks(0, 57, 6)).toEqual([0, 10, 20, 30, 40, 50]);
  expect(stepTicks(0, 3, 10)).toEqual([0, 1, 2, 3]);
  expect(stepTicks(41, 43, 10)).toEqual([41, 42, 43]);
  for (const end of [1, 2, 7, 59, 60, 61, 999, 1000, 99_999, 100_000]) {
    for (const most of [1, 2.4, 5, 10]) {
      const ticks = stepTicks(0, end, most);
      expect(ticks.length).toBeLessThanOrEqual(most + 1);
      expect(gaps(ticks).size, `${end} in ${most}`).toBeLessThanOrEqual(1);
      expect(ticks.every((tick) => Number.isInteger(tick) && tick >= 0 && tick <= end)).toBe(true);
    }
  }
});

test('values are marked by nice numbers from one end of the axis to the other', () => {
  expect(linearAxis(0.31, 6.8, 6)).toEqual({ domain: [0, 8], ticks: [0, 2, 4, 6, 8] });
  expect(linearAxis(0, 0.01, 3).ticks).toEqual([0, 0.005, 0.01]);
  expect(linearAxis(2.3456, 2.3461, 3).ticks).toEqual([2.3456, 2.3458, 2.346, 2.3462]);
  for (const [least, greatest] of [
    [1.5, 1.5],
    [0, 0],
    [-3, -3],
    [1e-9, 2e-9],
    [-5, 1e6],
  ] as const) {
    const { domain, ticks } = linearAxis(least, greatest, 5);
    expect(domain[0]).toBeLessThanOrEqual(least);
    expect(domain[1]).toBeGreaterThanOrEqual(greatest);
    expect([ticks[0], ticks.at(-1)]).toEqual(domain);
    expect(gaps(ticks.map((tick) => tick / domain[1])).size).toBe(1);
  }
});

test('values that differ by rounding alone are marked as one value is', () => {
  // The first losses of a preference run: log 2, as single precision has it.
  expect(linearAxis(0.6931471824645994, 0.6931471824645998, 6)).toEqual({
    domain: [0.2, 1.2],
    ticks: [0.2, 0.4, 0.6, 0.8, 1, 1.2],
  });
  expect(linearAxis(-3, -3 + 1e-9, 3)).toEqual(linearAxis(-3, -3, 3));
  // Small beside what they differ by.
  expect(linearAxis(-1e-12, 1e-12, 2).domain).toEqual([-1e-12, 1e-12]);
});

test('a logarithmic axis is marked by 1, 2 and 5, or by powers of ten where it is long', () => {
  expect(logarithmicAxis(0.3, 6.8, 6)).toEqual({ domain: [0.2, 10], ticks: [0.2, 0.5, 1, 2, 5, 10] });
  expect(logarithmicAxis(2e-5, 1e-2, 3).ticks).toEqual([1e-4, 1e-3, 1e-2]);
  expect(logarithmicAxis(1e-3, 1e-3, 3).domain).toEqual([5e-4, 2e-3]);
  expect(logarithmicAxis(1e-12, 1, 4).ticks).toEqual([1e-12, 1e-9, 1e-6, 1e-3, 1]);
});

test('the next nice number is found through roundings', () => {
  expect([0.1 + 0.2 - 0.1, 0.21, 1, 5, 5.1].map(niceStep)).toEqual([0.2, 0.5, 1, 5, 10]);
});

test('labels are short and tell neighbours apart', () => {
  const texts = (ticks: readonly number[]) => ticks.map((tick) => tickText(tick, ticks));
  expect(texts([0, 0.5, 1])).toEqual(['0', '0.5', '1']);
  expect(texts([0, 2e-5, 4e-5])).toEqual(['0', '2e-5', '4e-5']);
  expect(texts([2.3454, 2.3456])).toEqual(['2.3454', '2.3456']);
  expect(texts([1e-6, 1e-4, 1e-2])).toEqual(['1e-6', '1e-4', '1e-2']);
  expect(texts([0, 2e6])).toEqual(['0', '2e6']);
});
