/**
 * What `sortNumbers` takes on the processor that bounds on time are for, in ms, when it first runs and once it is
 * compiled. Machines differ: on two cores of a shared one it takes 30 to 60 and 27 in quiet, up to 80 while other work
 * goes on, and everything else as much longer.
 */
export const reference = { first: 30, compiled: 17 };

/** A few dozen milliseconds of what programs do: numbers, comparisons, memory and text. Runs in a page too, by itself. */
export function sortNumbers(): number {
  let last = 1;
  const numbers = Array.from({ length: 60_000 }, () => {
    last = (last * 48_271) % 2_147_483_647;
    return last;
  });
  return JSON.stringify(numbers.sort((a, b) => a - b)).length;
}
