import type { Progress } from './events.ts';

/** Steps that must be done before an estimate is worth showing. */
const stepsBeforeEstimate = 5;

/** Measures how fast steps come in. The first one is left out of the rates: it pays for warming up. */
export class Pace {
  private readonly started: number;
  private firstDone: number | undefined;
  private steps = 0;
  private tokens = 0;

  /** @param clock milliseconds of a clock that never goes back */
  constructor(
    private readonly clock: () => number,
    private readonly totalSteps: number,
  ) {
    this.started = clock();
  }

  /** Before the first step. */
  get now(): Progress {
    const elapsedSeconds = (this.clock() - this.started) / 1000;
    return { totalSteps: this.totalSteps, tokensPerSecond: 0, etaSeconds: null, elapsedSeconds };
  }

  /** One more step is done: the run's step number, and the tokens of this step. */
  done(step: number, tokens: number): Progress {
    const time = this.clock();
    this.steps++;
    if (this.firstDone === undefined) this.firstDone = time;
    else this.tokens += tokens;
    const seconds = (time - this.firstDone) / 1000;
    const known = this.steps > 1 && seconds > 0;
    const left = this.totalSteps - step;
    return {
      totalSteps: this.totalSteps,
      tokensPerSecond: known ? this.tokens / seconds : 0,
      etaSeconds: known && this.steps >= stepsBeforeEstimate ? (left * seconds) / (this.steps - 1) : null,
      elapsedSeconds: (time - this.started) / 1000,
    };
  }
}
