/** Told while a file is read: bytes read, bytes in all. */
export type Progress = (done: number, total: number) => void;

/** Passes on what is told at most ten times a second, and the end. */
export function seldom(tell: Progress): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (now - last < 100 && done < total) return;
    last = now;
    tell(done, total);
  };
}
