/** Trains the runs of a sweep, one after the other; what trains them, and where it is kept, is given. */
import { courseOf, type Leg } from './halving.ts';
import { type LegEnd, type SweepRecord, withLeg, withRun } from './record.ts';
import type { RunScore } from './score.ts';

/** What a run came to. */
export interface Trained {
  /** `stopped`: somebody stopped it before it was where it was to come. */
  readonly end: LegEnd | 'stopped';
  readonly step: number;
  readonly score: RunScore | null;
  readonly seconds: number;
  readonly code?: string | undefined;
}

export interface SweepWork {
  /** The name of the folder of a run that is about to begin. */
  name(trial: number): string;
  /**
   * Trains a run up to an update, or to its end; one that was begun goes on from its newest checkpoint.
   * @throws what has nothing to do with its settings: the sweep stops, and can be taken up again
   */
  train(leg: Leg & { readonly run: string; readonly begun: boolean }): Promise<Trained>;
  /** Whole or not at all. */
  save(record: SweepRecord): Promise<void>;
  /** Whether somebody wants it to stop. */
  readonly stopped: boolean;
}

/**
 * Trains what a sweep has yet to train.
 * @returns as it stands then: with all that it wanted, or stopped before
 */
export async function runSweep(begun: SweepRecord, work: SweepWork): Promise<SweepRecord> {
  let record = begun;
  for (;;) {
    const { next } = courseOf(record);
    if (next === null || work.stopped) return record;
    const known = record.trials[next.trial]!.run;
    const run = known ?? work.name(next.trial);
    if (known === null) {
      // Before it begins: whoever takes the sweep up again finds what lies there.
      record = withRun(record, next.trial, run);
      await work.save(record);
    }
    const { end, score, ...rest } = await work.train({ ...next, run, begun: known !== null });
    if (end === 'stopped') return record;
    record = withLeg(record, next.trial, { ...rest, end, score: score?.value ?? null }, score?.name ?? null);
    await work.save(record);
  }
}
