import type { PeakByKind } from '../../plan/cost-sheet.ts';
import type { Session } from '../../plan/executor.ts';
import type { Observation } from '../../plan/fit-rates.ts';
import { type Work, workOf } from '../../plan/rates.ts';
import type { Watchdog } from './watchdog.ts';

/** How long one run of a program takes, each of its runs but the first. */
interface ProgramTimes {
  readonly work: Work;
  first: number | undefined;
  readonly seconds: number[];
}

/** Times of a program that are kept for its median: enough for one that is noisy. */
const mostTimes = 64;

/** What a session was seen to do. */
export interface SessionTimes {
  /** Of each program that ran more than once: its median. */
  readonly programs: readonly Observation<keyof Work>[];
  /** Of each program: its first run, in which a driver may still compile. */
  readonly firsts: readonly Observation<keyof Work>[];
  /** Dispatches of all programs. */
  readonly planned: number;
  /** Seconds in which something was being compiled ahead of its first run; of that, before any program had run. */
  readonly compiling: number;
  readonly compilingAhead: number;
  /** Of the weights on the device, and of what a checkpoint of it holds. */
  readonly loadedBytes: number;
  readonly savedBytes: number;
}

/**
 * Times what a session does, without a call of its own. Runs are carried out in order, so one takes from when it was
 * enqueued, or the one before it was done where that is later, until its results are back. What happens between two
 * runs (an evaluation's reading, a pause, a checkpoint) is no part of either.
 */
export class RunClock {
  private readonly programs = new Map<string, ProgramTimes>();
  private lastDone = 0;
  private compilations = 0;
  private compilingSince = 0;
  private compiled = 0;
  private compiledAhead: number | undefined;
  private held: PeakByKind | undefined;
  private trusted = true;

  /**
   * @param now milliseconds of a clock that never goes back
   * @param watchdog is told of every run
   */
  constructor(
    private readonly now: () => number,
    private readonly watchdog?: Watchdog,
  ) {}

  /** While time is not to be trusted, as in a page that nobody looks at, runs are not counted. */
  set trust(trusted: boolean) {
    this.trusted = trusted;
  }

  /** The session, watched. */
  watch(session: Session): Session {
    const clock = this;
    return {
      get statistics() {
        return session.statistics;
      },
      define(name, graph) {
        const sheet = session.define(name, graph);
        clock.held = sheet.peakByKind;
        clock.programs.set(name, { work: workOf(sheet), first: undefined, seconds: [] });
        return sheet;
      },
      compile: (...asked) => this.whileCompiling(session.compile(...asked)),
      write: (...given) => session.write(...given),
      quantise: (...given) => session.quantise(...given),
      finishQuantising: () => session.finishQuantising(),
      isFound: (parameter) => session.isFound?.(parameter) ?? false,
      leave: (parameters) => session.leave?.(parameters),
      read: (parameter) => session.read(parameter),
      run: (name, feeds) => {
        const begun = this.now();
        this.compiledAhead ??= this.compiled;
        const running = session.run(name, feeds);
        return this.whileRunning(name, begun, this.watchdog?.during(name, running) ?? running);
      },
      dispose: () => session.dispose(),
    };
  }

  times(): SessionTimes {
    const all = [...this.programs.values()];
    return {
      programs: all.flatMap(({ work, seconds }) => (seconds.length === 0 ? [] : [{ work, seconds: median(seconds) }])),
      firsts: all.flatMap(({ work, first }) => (first === undefined ? [] : [{ work, seconds: first }])),
      planned: all.reduce((sum, { work }) => sum + work.dispatches, 0),
      compiling: this.compiled / 1000,
      compilingAhead: (this.compiledAhead ?? this.compiled) / 1000,
      loadedBytes: this.held?.weight ?? 0,
      savedBytes: this.held ? checkpointBytes(this.held) : 0,
    };
  }

  private async whileRunning<T>(name: string, begun: number, running: Promise<T>): Promise<T> {
    const wasTrusted = this.trusted;
    const result = await running;
    const done = this.now();
    const seconds = (done - Math.max(begun, this.lastDone)) / 1000;
    this.lastDone = done;
    const program = this.programs.get(name);
    if (!program || !wasTrusted || !this.trusted) return result;
    if (program.first === undefined) program.first = seconds;
    else if (program.seconds.length < mostTimes) program.seconds.push(seconds);
    return result;
  }

  private async whileCompiling(compiling: Promise<void>): Promise<void> {
    if (this.compilations++ === 0) this.compilingSince = this.now();
    try {
      await compiling;
    } finally {
      if (--this.compilations === 0) this.compiled += this.now() - this.compilingSince;
    }
  }
}

/** What of a run's buffers a checkpoint holds. */
export const checkpointBytes = ({ trained, optimizer }: PeakByKind): number => trained + optimizer;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
