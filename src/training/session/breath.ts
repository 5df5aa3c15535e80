/** Longest time, in milliseconds, that messages to a worker may wait because of training or generating. */
const interval = 50;

/**
 * Lets the event loop run now and then. Executors that compute at once (wasm, cpu) only ever give way to microtasks, so
 * without this a message such as "pause" would not be heard until the run is over.
 */
export class Breath {
  private last: number;

  constructor(private readonly now: () => number) {
    this.last = now();
  }

  /** @returns whether it was time */
  async take(): Promise<boolean> {
    if (this.now() - this.last < interval) return false;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.last = this.now();
    return true;
  }
}
