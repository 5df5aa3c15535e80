import { AppError } from '../../errors.ts';

/** Whose turn it is on the device: one run trains at a time. */
export class RunTurn {
  private starting = false;

  constructor(private readonly isTraining: () => boolean) {}

  /** Whether a run trains, or is about to. */
  get isTaken(): boolean {
    return this.starting || this.isTraining();
  }

  /** @throws AppError 'run-going-on' */
  require(): void {
    if (this.isTaken) throw new AppError('run-going-on');
  }

  /**
   * Starts a run. The turn is taken before anything is waited for, so that of two that start together one is refused.
   * @throws AppError 'run-going-on'
   */
  async take<T>(start: () => Promise<T>): Promise<T> {
    this.require();
    this.starting = true;
    try {
      return await start();
    } finally {
      this.starting = false;
    }
  }
}
