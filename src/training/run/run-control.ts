/** What the user asked of a run: it is looked at between steps. */
export class RunControl {
  private paused = false;
  private stopping = false;
  private giveUp: AbortController | null = null;
  private wake: () => void = () => {};

  get stopRequested(): boolean {
    return this.stopping;
  }

  get pauseRequested(): boolean {
    return this.paused && !this.stopping;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.wake();
  }

  stop(): void {
    this.stopping = true;
    this.giveUp?.abort();
    this.wake();
  }

  /** Does what a stop that is asked for from now on ends; one before it does not. */
  untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.giveUp = new AbortController();
    return work(this.giveUp.signal);
  }

  /** Resolves when a paused run shall go on or stop. */
  async whilePaused(): Promise<void> {
    while (this.pauseRequested) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
