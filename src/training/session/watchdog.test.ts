import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { secondsBetweenLooks, Watchdog } from './watchdog.ts';

let now = 0;
const hangs = vi.fn();
const never = new Promise<never>(() => {});

beforeEach(() => {
  vi.useFakeTimers();
  hangs.mockClear();
});
afterEach(() => vi.useRealTimers());

function watching(): Watchdog {
  const watchdog = new Watchdog(() => now, hangs);
  watchdog.begin();
  return watchdog;
}

/** A run of a program that takes so many seconds. */
async function takes(watchdog: Watchdog, program: string, seconds: number): Promise<void> {
  let done = () => {};
  const run = watchdog.during(
    program,
    new Promise<void>((resolve) => {
      done = resolve;
    }),
  );
  now += 1000 * seconds;
  done();
  await run;
}

const wait = (seconds: number) => vi.advanceTimersByTime(1000 * seconds);

test('a step that takes far longer than it ever did counts as hanging, once', async () => {
  const watchdog = watching();
  await takes(watchdog, 'step', 0.5);
  void watchdog.during('step', never);
  wait(60);
  expect(hangs).not.toHaveBeenCalled();
  wait(10);
  expect(hangs).toHaveBeenCalledExactlyOnceWith(65);
  wait(600);
  expect(hangs).toHaveBeenCalledOnce();
});

test('a slow step has twenty times what it took, and one never run before any time', async () => {
  const watchdog = watching();
  void watchdog.during('first', never).catch(() => {});
  wait(100_000);
  expect(hangs).not.toHaveBeenCalled();
  const other = watching();
  await takes(other, 'step', 30);
  void other.during('step', never);
  wait(595);
  expect(hangs).not.toHaveBeenCalled();
  wait(10);
  expect(hangs).toHaveBeenCalledOnce();
});

test('a computer that slept for an hour between two looks has waited for one look', async () => {
  const watchdog = watching();
  await takes(watchdog, 'step', 0.5);
  void watchdog.during('step', never);
  now += 3_600_000;
  wait(secondsBetweenLooks);
  expect(hangs).not.toHaveBeenCalled();
});

test('whatever comes back shows that the device answers, and nothing is waited for at rest', async () => {
  const watchdog = watching();
  await takes(watchdog, 'step', 0.5);
  void watchdog.during('step', never);
  wait(55);
  await takes(watchdog, 'step', 0.5);
  wait(55);
  expect(hangs).not.toHaveBeenCalled();
  const resting = watching();
  await takes(resting, 'step', 0.5);
  wait(100_000);
  expect(hangs).toHaveBeenCalledOnce();
});
