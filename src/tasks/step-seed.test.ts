import { expect, test } from 'vitest';
import { stepSeed } from './step-seed.ts';

test('dropout differs between runs, updates and micro-steps, and is the same when repeated', () => {
  const seen = new Set<string>();
  for (const seed of [0, 1, 2]) {
    for (let step = 0; step < 20; step++) {
      for (let micro = 0; micro < 4; micro++) seen.add(String(stepSeed(seed, step, micro)));
    }
  }
  expect(seen.size).toBe(3 * 20 * 4);
  expect(stepSeed(7, 3, 1)).toEqual(stepSeed(7, 3, 1));
});
