/**
 * Runs on their way to the GPU and back. At most `limit` are out at once, so results lag behind but are never waited
 * for while the GPU could work.
 */
export class InFlight {
  private readonly queue: Promise<void>[] = [];

  constructor(private readonly limit = 2) {}

  /** Resolves when there is room for one more; rejects with the error of a run that failed. */
  async room(): Promise<void> {
    while (this.queue.length >= this.limit) await this.queue.shift();
  }

  add<T>(run: Promise<T>, onDone: (result: T) => void = () => {}): void {
    const done = run.then(onDone);
    // Whoever waits for room or for all of them sees the error; without this it would count as unhandled until then.
    done.catch(() => {});
    this.queue.push(done);
  }

  /** A short run behind the one added last: it belongs to that one and takes no room of its own. */
  attach<T>(run: Promise<T>, onDone: (result: T) => void = () => {}): void {
    const before = this.queue.pop();
    this.add(before === undefined ? run : Promise.all([run, before]).then(([result]) => result), onDone);
  }

  /** Resolves when all are back. */
  async drain(): Promise<void> {
    while (this.queue.length > 0) await this.queue.shift();
  }
}
