import { AppError } from '../../errors.ts';

/** Whose turn it is on the device: one run trains at a time. */
export class RunTurn {
  private starting: AbortController | null = null;

  constructor(private readonly isTraining: () => boolean) {}

  /** Whether a run trains, or is about to. */
  get isTaken(): boolean {
    return this.starting !== null || this.isTraining();
  }

  /** @throws AppError 'run-going-on' */
  require(): void {
    if (this.isTaken) throw new AppError('run-going-on');
  }

  /**
   * Starts a run. The turn is taken before anything is waited for, so that of two that start together one is refused.
   * @returns null where it was given up before the run began
   * @throws AppError 'run-going-on'
   */
  async take<T>(start: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.require();
    this.starting = new AbortController();
    const { signal } = this.starting;
    try {
      return await start(signal);
    } catch (thrown) {
      if (thrown === signal.reason) return null;
      throw thrown;
    } finally {
      this.starting = null;
    }
  }

  /** Gives up the start under way, if there is one. */
  giveUp(): void {
    this.starting?.abort();
  }
}
