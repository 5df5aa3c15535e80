import { AppError } from '../../errors.ts';
import { aborted } from '../../training/session/aborted.ts';

/** Whose turn it is on the device: one run trains at a time. */
export class RunTurn {
  private starting: { readonly giveUp: AbortController; readonly runId: string | undefined } | null = null;

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
   * @param start must look at the signal before it changes anything: once that is aborted nobody waits for it
   * @param runId of a run that is resumed
   * @returns null where it was given up before the run began
   * @throws AppError 'run-going-on'
   */
  async take<T>(start: (signal: AbortSignal) => Promise<T>, runId?: string): Promise<T | null> {
    this.require();
    const giveUp = new AbortController();
    this.starting = { giveUp, runId };
    const { signal } = giveUp;
    try {
      return await Promise.race([start(signal), aborted(signal)]);
    } catch (thrown) {
      if (signal.aborted) return null;
      throw thrown;
    } finally {
      this.starting = null;
    }
  }

  /** Gives up the start under way, if there is one; with `runId`, if it resumes that run. */
  giveUp(runId?: string): void {
    if (runId === undefined || this.starting?.runId === runId) this.starting?.giveUp.abort();
  }
}
