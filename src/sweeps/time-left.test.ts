import { expect, test } from 'vitest';
import { defaultRunConfig } from '../training/config/run-config.ts';
import type { LegRecord, SweepRecord } from './record.ts';
import type { Halving } from './sweep.ts';
import { timeLeft } from './time-left.ts';

/** Four runs of 40 updates, planned to take 20 s each. */
function recordOf(halving: Halving | null, legs: readonly (readonly LegRecord[])[]): SweepRecord {
  return {
    sweep: {
      ...{ search: 'grid', trials: null, seed: 1, score: 'validation_loss', halving },
      settings: { 'tuning.lora_r': [1, 2, 3, 4] },
    },
    ...{ config: defaultRunConfig, written: [], created: 0, scoreName: 'validation_loss' },
    costs: [1, 2, 3, 4].map(() => ({ steps: 40, seconds: 20 })),
    trials: [1, 2, 3, 4].map((value, index) => ({
      values: { 'tuning.lora_r': value },
      run: legs[index] ? `run-${value}` : null,
      legs: legs[index] ?? [],
    })),
  };
}

const leg = (end: LegRecord['end'], step: number, seconds: number, score = 1): LegRecord => ({
  end,
  step,
  seconds,
  score,
});
const halving = { rungs: [10, 20], keep: 0.5 };

test('before the first run it is what was planned, of halving the mean of what may go on', () => {
  expect(timeLeft(recordOf(null, []))).toBe(80);
  // 4 runs to 10, 2 from 10 to 20, 1 from 20 to 40, at half a second an update.
  expect(timeLeft(recordOf(halving, []))).toBe(20 + 10 + 10);
});

test('after a run it is what that took more, of all that are left', () => {
  expect(timeLeft(recordOf(null, [[leg('finished', 40, 50)]]))).toBe(3 * 50);
  expect(timeLeft(recordOf(halving, [[leg('rung', 10, 10)]]))).toBe(2 * (15 + 10 + 10));
});

test('at a rung only what goes on is left, and of what has ended nothing', () => {
  const first = [1, 2, 3, 4].map((score) => [leg('rung', 10, 5, score)]);
  expect(timeLeft(recordOf(halving, first))).toBe(2 * 5 + 10);
  const short = [leg('stopped-early', 5, 2.5, 0.5)];
  // One of the two that go on has ended already.
  expect(timeLeft(recordOf(halving, [first[0]!, first[1]!, first[2]!, short]))).toBe(5 + 10 / 2);
  expect(
    timeLeft(
      recordOf(
        null,
        [1, 2, 3, 4].map(() => [leg('finished', 40, 9)]),
      ),
    ),
  ).toBe(0);
});

test('a sweep that was begun without a price says none', () => {
  expect(timeLeft({ ...recordOf(null, []), costs: null })).toBeNull();
});
