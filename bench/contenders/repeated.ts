import type { Contender } from '../contender.ts';

/** Long enough for the clock, and for the wait at its end not to count. */
const wantedMilliseconds = 30;

interface Work {
  readonly description: string;
  /** Enqueues the work once. */
  run(): void;
  /** Resolves when all that was enqueued is done. */
  finished(): Promise<unknown>;
  /** The results, after it has run. */
  results(): Promise<ReadonlyMap<string, Float32Array>>;
}

/** A contender that enqueues its work as often as it takes to be timed. */
export function repeatedContender({ description, run, finished, results }: Work): Contender {
  let repeats = 1;
  const step = async (): Promise<undefined> => {
    for (let i = 0; i < repeats; i++) run();
    await finished();
    return undefined;
  };
  return {
    description,
    get repeats() {
      return repeats;
    },
    async first() {
      await step();
      const tensors = await results();
      const start = performance.now();
      await step();
      repeats = Math.max(1, Math.min(200, Math.round(wantedMilliseconds / (performance.now() - start))));
      return { tensors };
    },
    step,
  };
}
