/** Seconds between two looks. Looks are counted, not time: a computer that sleeps between two has waited for one. */
export const secondsBetweenLooks = 5;

/** A program may take so many times what it took before, and at least so many seconds. */
const patience = 20;
const leastSeconds = 60;

interface Pending {
  readonly program: string;
  readonly begun: number;
}

/**
 * Notices that the device no longer answers: a program that was run before takes far longer than it ever did. Runs are
 * carried out in the order they were asked for, so the one asked for first is waited for.
 */
export class Watchdog {
  private readonly slowest = new Map<string, number>();
  private readonly pending: Pending[] = [];
  private looks = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param now milliseconds of a clock that never goes back
   * @param hangs is called once, with the seconds that were waited
   */
  constructor(
    private readonly now: () => number,
    private readonly hangs: (seconds: number) => void,
  ) {}

  begin(): void {
    this.timer = setInterval(() => this.look(), 1000 * secondsBetweenLooks);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** A run of a program on its way to the device and back. */
  async during<T>(program: string, running: Promise<T>): Promise<T> {
    const run: Pending = { program, begun: this.now() };
    this.pending.push(run);
    try {
      const result = await running;
      this.slowest.set(program, Math.max(this.slowest.get(program) ?? 0, (this.now() - run.begun) / 1000));
      return result;
    } finally {
      this.pending.splice(this.pending.indexOf(run), 1);
      this.looks = 0;
    }
  }

  /** Of a program that was never run nothing is known: a driver may still compile it. */
  private look(): void {
    const [first] = this.pending;
    if (!first) return;
    this.looks++;
    const longest = this.slowest.get(first.program);
    const waited = this.looks * secondsBetweenLooks;
    if (longest === undefined || waited <= Math.max(leastSeconds, patience * longest)) return;
    this.end();
    this.hangs(waited);
  }
}
