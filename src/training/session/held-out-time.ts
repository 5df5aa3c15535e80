/** How long held-out rows are asked for when a run that learns to write has ended. */

/** Rows that are answered at most, and those without which nothing can be told, however long they take. */
export const [mostAsked, fewestAsked] = [30, 8];

/** Seconds that are asked for at least, and at most. */
const [least, most] = [10, 120];

/** Seconds after which no more rows are asked: a tenth of what the run took. */
export const askingTime = (trained: number): number => Math.min(most, Math.max(least, trained / 10));

/**
 * Seconds that asking takes.
 * @param rows that there are
 * @param one seconds for a row, both sides
 * @param trained seconds of the run before
 */
export function heldOutTime(rows: number, one: number, trained: number): number {
  const all = Math.min(rows, mostAsked) * one;
  return Math.min(all, Math.max(askingTime(trained), fewestAsked * one));
}
