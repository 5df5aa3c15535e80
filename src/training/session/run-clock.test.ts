import { expect, test } from 'vitest';
import type { Outputs, Session } from '../../plan/executor.ts';
import { RunClock } from './run-clock.ts';

const sheet = {
  dispatches: 5,
  flops: 100,
  bytesMoved: 10,
  peakByKind: { weight: 8, trained: 2, gradient: 2, optimizer: 4 },
};

/** A session whose runs end when they are told to, in the order they were begun. */
function scripted() {
  let time = 0;
  const ends: (() => void)[] = [];
  const session = {
    define: () => sheet,
    run: () => new Promise<Outputs>((done) => ends.push(() => done({}))),
    compile: () => new Promise<void>((done) => ends.push(done)),
  } as unknown as Session;
  const clock = new RunClock(() => 1000 * time);
  const watched = clock.watch(session);
  watched.define('step', undefined as never);
  const at = async (seconds: number, act: () => unknown) => {
    time = seconds;
    act();
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  };
  return { clock, watched, at, run: () => void watched.run('step', {}), end: () => ends.shift()!() };
}

test('a run takes from the end of the one before it where both are on their way', async () => {
  const { clock, at, run, end } = scripted();
  await at(0, run);
  await at(1, run);
  await at(10, end);
  await at(12, end);
  const { programs, firsts } = clock.times();
  expect(firsts).toEqual([{ work: { runs: 1, dispatches: 5, flops: 100, bytes: 10 }, seconds: 10 }]);
  expect(programs).toEqual([{ work: { runs: 1, dispatches: 5, flops: 100, bytes: 10 }, seconds: 2 }]);
});

test('what goes on between two runs, such as a pause, belongs to neither', async () => {
  const { clock, at, run, end } = scripted();
  await at(0, run);
  await at(1, end);
  await at(500, run);
  await at(503, end);
  expect(clock.times().programs[0]!.seconds).toBe(3);
});

test('one run that is held up does not count beside the others', async () => {
  const { clock, at, run, end } = scripted();
  for (const [index, seconds] of [9, 2, 2, 60, 2, 3].entries()) {
    await at(100 * index, run);
    await at(100 * index + seconds, end);
  }
  expect(clock.times().programs[0]!.seconds).toBe(2);
});

test('runs that begin or end while nobody looks at the page are not counted', async () => {
  const { clock, at, run, end } = scripted();
  await at(0, run);
  await at(1, end);
  await at(10, run);
  clock.trust = false;
  await at(20, end);
  await at(30, run);
  clock.trust = true;
  await at(70, end);
  expect(clock.times().programs).toEqual([]);
  await at(80, run);
  await at(82, end);
  expect(clock.times().programs[0]!.seconds).toBe(2);
});

test('programs that compile side by side are counted once', async () => {
  const { clock, watched, at, end } = scripted();
  await at(0, () => void watched.compile('step'));
  await at(1, () => void watched.compile('step'));
  await at(3, end);
  await at(5, end);
  expect(clock.times()).toMatchObject({ compiling: 5, planned: 5, loadedBytes: 8, savedBytes: 6 });
});
