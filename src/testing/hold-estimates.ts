/** For tests: that estimates come true on an adapter. */
import { expect } from 'vitest';
import type { Executor } from '../plan/executor.ts';
import { calibrating, type MeasuredRun, measure, unlike } from './estimated-runs.ts';

/** Estimates lie within this factor of what is then measured. */
const within = 1.5;
/** Noise only ever takes an estimate further away: one of so many tries must come true. */
const tries = 3;

const isWithin = (ratio: number): boolean => ratio < within && ratio > 1 / within;

const runs = new Map<Executor, Promise<MeasuredRun>>();

/** The calibrating run, once for an executor. */
function calibration(executor: Executor): Promise<MeasuredRun> {
  const known = runs.get(executor) ?? measure(executor, calibrating, []);
  runs.set(executor, known);
  return known;
}

/**
 * Estimates a run by one run of the example alone, measures it, and holds step and total to each other. The example is
 * repeated beside it, since a machine that others use may be half as fast a minute later: the estimate is taken times
 * what the repeated one took more.
 */
export async function holdEstimate(executor: Executor, name: keyof typeof unlike): Promise<void> {
  const first = await calibration(executor);
  const found: string[] = [];
  for (let attempt = 0; attempt < tries; attempt++) {
    const run = await measure(executor, unlike[name], [first.times]);
    const again = await measure(executor, calibrating, [first.times]);
    const drift = again.step / first.step;
    const step = (run.estimated.step * drift) / run.step;
    const total = (run.estimated.total! * drift) / run.total;
    found.push(
      `step ${seconds(run.estimated.step)}/${seconds(run.step)} = ${step.toFixed(2)}, ` +
        `total ${seconds(run.estimated.total!)}/${seconds(run.total)} = ${total.toFixed(2)}, drift ${drift.toFixed(2)}`,
    );
    if (process.env.ATELIER_SHOW_ESTIMATES) console.log(`${executor.description}, ${name}: ${found.at(-1)}`);
    if (isWithin(step) && isWithin(total)) return;
  }
  expect.fail(`${name}: estimated over measured\n${found.join('\n')}`);
}

const seconds = (value: number): string => `${value.toFixed(2)} s`;
