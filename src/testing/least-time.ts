/** For tests that bound a time. */

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * The least milliseconds that one call takes: of the processor's time where that is less than the clock's, since other
 * work on the machine takes the clock's only. Tries up to 40 times, and stops once it is below `bound`.
 */
export function leastTime(bound: number, call: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 40 && least >= bound; attempt++) {
    const [clock, processor] = [performance.now(), processorTime()];
    call();
    least = Math.min(least, performance.now() - clock, processorTime() - processor);
  }
  return least;
}
