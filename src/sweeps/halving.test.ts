import { describe, expect, test } from 'vitest';
import { defaultRunConfig } from '../training/config/run-config.ts';
import { chosen, courseOf } from './halving.ts';
import type { LegEnd, SweepRecord } from './record.ts';
import { runSweep } from './run-sweep.ts';
import type { Halving } from './sweep.ts';

const halving: Halving = { rungs: [10, 20], keep: 0.5 };

function recordOf(count: number, given: Halving | null = halving): SweepRecord {
  const values = Array.from({ length: count }, (_, index) => index + 1);
  return {
    sweep: {
      ...{ search: 'grid', trials: null, seed: 1, score: 'validation_loss', halving: given },
      settings: { 'tuning.lora_r': values },
    },
    ...{ config: defaultRunConfig, written: [], created: 0, scoreName: null, costs: null },
    trials: values.map((value) => ({ values: { 'tuning.lora_r': value }, run: null, legs: [] })),
  };
}

/** Scores of each run at 10, at 20 and at its end; `null`: it breaks there. */
type Scores = readonly (number | null)[];

/** Runs a sweep on scores that are known; says what was trained, in order. */
async function sweepOn(
  table: readonly Scores[],
  steps = 30,
  given: Halving | null = halving,
  scoreName = 'validation_loss',
) {
  const trained: string[] = [];
  const record = await runSweep(recordOf(table.length, given), {
    name: (trial) => `trial-${trial}`,
    async train({ trial, until, begun }) {
      trained.push(`${trial}${begun ? ' on' : ''} to ${until ?? 'end'}`);
      const rung = until === null ? (given?.rungs.length ?? 0) : given!.rungs.indexOf(until);
      const value = table[trial]![rung]!;
      const end: LegEnd = value === null ? 'failed' : until !== null && until < steps ? 'rung' : 'finished';
      return { end, step: Math.min(until ?? steps, steps), score: { name: scoreName, value }, seconds: 1 };
    },
    async save() {},
    stopped: false,
  });
  return { trained, record, ...courseOf(record) };
}

describe('what goes on', () => {
  // By hand: 8 → 4 → 2.
  const table: Scores[] = [
    [0.9, 0.5, 0.4],
    [0.8, 0.1, 0.1],
    [0.3, 0.3, 0.35],
    [0.2, 0.4, 0.1],
    [0.4, 0.2, 0.2],
    [0.7, 0.1, 0.1],
    [0.5, 0.6, 0.1],
    [0.6, 0.1, 0.1],
  ];

  test('are the best half of each rung, each from where it stood', async () => {
    const { trained, states, best } = await sweepOn(table);
    expect(trained.slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((trial) => `${trial} to 10`));
    // At 10: 3 (0.2), 2 (0.3), 4 (0.4), 6 (0.5); at 20: 4 (0.2), 2 (0.3).
    expect(trained.slice(8, 12)).toEqual(['2 on to 20', '3 on to 20', '4 on to 20', '6 on to 20']);
    expect(trained.slice(12)).toEqual(['2 on to end', '4 on to end']);
    expect(states).toEqual([
      ...['dropped', 'dropped', 'finished', 'dropped', 'finished', 'dropped', 'dropped', 'dropped'],
    ]);
    expect(best).toBe(4);
  });

  test('are the highest where higher is better', async () => {
    const { trained, best } = await sweepOn(table, 30, halving, 'BLEU');
    // At 10: 0, 1, 5, 7; at 20: 0 (0.5), then 1 of the equal ones.
    expect(trained.slice(8)).toEqual([
      '0 on to 20',
      '1 on to 20',
      '5 on to 20',
      '7 on to 20',
      '0 on to end',
      '1 on to end',
    ]);
    expect(best).toBe(0);
  });

  test('is never a run that broke, while there are others', async () => {
    const { trained, states, best } = await sweepOn([[null], [0.9, 0.9, 0.9], [null], [0.8, null]]);
    expect(trained).toEqual(['0 to 10', '1 to 10', '2 to 10', '3 to 10', '1 on to 20', '3 on to 20', '1 on to end']);
    expect(states).toEqual(['failed', 'finished', 'failed', 'failed']);
    expect(best).toBe(1);
  });

  test('is nothing where all broke', async () => {
    const { trained, best, next } = await sweepOn([[null], [null]]);
    expect(trained).toEqual(['0 to 10', '1 to 10']);
    expect([best, next]).toEqual([null, null]);
  });

  test('keeps the score of runs that end before a rung', async () => {
    const { trained, states } = await sweepOn([[0.1], [0.2], [0.3]], 10);
    expect(trained).toEqual(['0 to 10', '1 to 10', '2 to 10']);
    expect(states).toEqual(['finished', 'finished', 'finished']);
  });

  test('is every run to its end without halving', async () => {
    const { trained, best } = await sweepOn([[0.3], [0.1], [0.2]], 30, null);
    expect(trained).toEqual(['0 to end', '1 to end', '2 to end']);
    expect(best).toBe(1);
  });

  test('is a share rounded to whole runs, at least one', () => {
    const scores = [5, 4, 3, 2, 1, 0, Number.NaN];
    const kept = (keep: number, count: number) =>
      chosen([...Array(count).keys()], (index) => scores[index]!, { keep }, true);
    expect(kept(1 / 3, 6)).toEqual([5, 4]);
    expect(kept(0.5, 7)).toEqual([5, 4, 3, 2]);
    expect(kept(0.01, 7)).toEqual([5]);
    expect(kept(0.99, 7)).toEqual([5, 4, 3, 2, 1, 0, 6]);
  });
});

test('a sweep that is stopped goes on with the run that was stopped', async () => {
  const trained: string[] = [];
  let stops = 3;
  const work = {
    name: (trial: number) => `trial-${trial}`,
    async train({ trial, until, begun }: { trial: number; until: number | null; begun: boolean }) {
      trained.push(`${trial}${begun ? ' on' : ''} to ${until ?? 'end'}`);
      const score = { name: 'validation_loss', value: trial };
      if (--stops === 0) return { end: 'stopped' as const, step: 5, score: null, seconds: 1 };
      return { end: until === null ? ('finished' as const) : ('rung' as const), step: until ?? 30, score, seconds: 1 };
    },
    async save() {},
    stopped: false,
  };
  const stopped = await runSweep(recordOf(4), work);
  expect(courseOf(stopped)).toMatchObject({ next: { trial: 2, until: 10 }, best: 0 });
  expect(courseOf(stopped).states).toEqual(['under-way', 'under-way', 'under-way', 'waiting']);
  const ended = await runSweep(stopped, work);
  expect(trained).toEqual([
    ...['0 to 10', '1 to 10', '2 to 10', '2 on to 10', '3 to 10'],
    ...['0 on to 20', '1 on to 20', '0 on to end'],
  ]);
  expect(courseOf(ended).next).toBeNull();
});
