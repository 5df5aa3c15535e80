import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('nothing is estimated from the first step, and time left appears after five', () => {
  let time = 1000;
  const pace = new Pace(() => time, 20);
  // The first step takes long (compiling, warming up); it must not spoil the rates.
  time += 9000;
  expect(pace.done(1, 100)).toEqual({ totalSteps: 20, tokensPerSecond: 0, etaSeconds: null, elapsedSeconds: 9 });
  for (let step = 2; step <= 4; step++) {
    time += 500;
    expect(pace.done(step, 100)).toMatchObject({ tokensPerSecond: 200, etaSeconds: null });
  }
  time += 500;
  expect(pace.done(5, 100)).toEqual({ totalSteps: 20, tokensPerSecond: 200, etaSeconds: 7.5, elapsedSeconds: 11 });
});
