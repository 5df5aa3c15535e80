/** For tests that bound a time. */
import { reference, sortNumbers } from './known-work.ts';

/**
 * The least milliseconds that one call takes, where `sortNumbers` takes `reference.compiled`; on a faster machine, as it takes.
 * Tries up to 40 times, and stops once it is below `bound`.
 */
export function leastTime(bound: number, call: () => void): number {
  for (let turn = 0; turn < 8; turn++) sortNumbers();
  let [least, work] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const scaled = () => least * Math.min(1, reference.compiled / work);
  for (let attempt = 0; attempt < 40 && !(scaled() < bound); attempt++) {
    work = Math.min(work, timeOf(sortNumbers), timeOf(sortNumbers));
    least = Math.min(least, timeOf(call));
  }
  return scaled();
}

/** Of the processor where that is less than the clock's: other work on the machine takes the clock's only. */
function timeOf(call: () => void): number {
  const [clock, processor] = [performance.now(), processorTime()];
  call();
  return Math.min(performance.now() - clock, processorTime() - processor);
}

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
