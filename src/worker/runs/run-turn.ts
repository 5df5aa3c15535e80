import { AppError } from '../../errors.ts';
import { aborted } from '../../training/session/aborted.ts';
import { RunCourse } from './run-course.ts';

interface Turn {
  readonly course: RunCourse;
  readonly giveUp: AbortController;
  readonly runId: string | undefined;
}

/** Whose turn it is on the device: one run trains at a time. */
export class RunTurn {
  private turn: Turn | null = null;

  /** Whether a run trains, or is about to. */
  get isTaken(): boolean {
    return this.turn !== null && !this.turn.course.isOver;
  }

  /** @throws AppError 'run-going-on' */
  require(): void {
    if (this.isTaken) throw new AppError('run-going-on');
  }

  /**
   * Starts a run. The turn is taken before anything is waited for, so that of two that start together one is refused; it
   * is free again when the course is over.
   * @param start must look at the signal before it changes anything: once that is aborted nobody waits for it
   * @param runId of a run that is resumed
   * @returns null where it was given up before the run began
   * @throws AppError 'run-going-on'
   */
  async take<T>(start: (signal: AbortSignal, course: RunCourse) => Promise<T>, runId?: string): Promise<T | null> {
    this.require();
    const course = new RunCourse();
    const giveUp = new AbortController();
    this.turn = { course, giveUp, runId };
    const { signal } = giveUp;
    try {
      return await Promise.race([start(signal, course), aborted(signal)]);
    } catch (thrown) {
      if (signal.aborted) return null;
      throw thrown;
    } finally {
      // Unless it has begun.
      course.go('giveUp');
    }
  }

  /** Gives up the start under way, if there is one; with `runId`, if it resumes that run. */
  giveUp(runId?: string): void {
    const { turn } = this;
    if (turn?.course.state !== 'starting') return;
    if (runId === undefined || turn.runId === runId) turn.giveUp.abort();
  }
}
