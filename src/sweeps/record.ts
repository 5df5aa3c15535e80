/** A sweep as it is kept beside its runs: `sweep.json`, written whole or not at all. */
import * as v from 'valibot';
import { type Directory, readText, writeText } from '../files/directory.ts';
import { parsedFile } from '../files/parsed-file.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { type Sweep, scoreNames, type Trial } from './sweep.ts';

/** How a run ended, or that it waits at a rung. */
export type LegEnd = 'rung' | 'finished' | 'stopped-early' | 'failed';

/** A run that was trained up to a rung, or to its end. */
export interface LegRecord {
  readonly end: LegEnd;
  /** Updates done. */
  readonly step: number;
  /** Null where there was none, or it was no number. */
  readonly score: number | null;
  /** What it took, loading included. */
  readonly seconds: number;
  /** The error of a run that failed. */
  readonly code?: string | undefined;
}

export interface TrialRecord {
  readonly values: Trial;
  /** Its folder among the runs; null before it begins. */
  readonly run: string | null;
  /** One for each rung that it came to, and its end. */
  readonly legs: readonly LegRecord[];
}

export interface SweepRecord {
  readonly sweep: Sweep;
  /** What every run is made of, beside its own values. */
  readonly config: RunConfig;
  /** Keys of the run config that were given by hand: no recipe replaces them. */
  readonly written: readonly string[];
  /** Milliseconds since 1970. */
  readonly created: number;
  /** What the runs are compared by, as the first that was scored says: `validation_loss`, `BLEU`, `accuracy`. */
  readonly scoreName: string | null;
  /** What each run was planned to take, to its end; null of a sweep of an older version. */
  readonly costs: readonly { readonly steps: number; readonly seconds: number }[] | null;
  readonly trials: readonly TrialRecord[];
}

export const sweepFile = 'sweep.json';

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(finite, v.integer(), v.minValue(0));
const range = v.object({ from: finite, to: finite, scale: v.picklist(['linear', 'log']), count: v.nullable(count) });
const values = v.record(v.string(), v.unknown());

const sweepSchema: v.GenericSchema<unknown, Sweep> = v.object({
  search: v.picklist(['grid', 'random']),
  trials: v.nullable(count),
  seed: count,
  score: v.picklist(scoreNames),
  halving: v.nullable(v.object({ rungs: v.array(count), keep: finite })),
  settings: v.record(v.string(), v.union([v.array(v.unknown()), range])),
});

const recordSchema = v.object({
  sweep: sweepSchema,
  config: v.looseObject({}),
  written: v.array(v.string()),
  created: count,
  scoreName: v.nullable(v.string()),
  costs: v.optional(v.nullable(v.array(v.object({ steps: count, seconds: finite }))), null),
  trials: v.array(
    v.object({
      values,
      run: v.nullable(v.string()),
      legs: v.array(
        v.object({
          end: v.picklist(['rung', 'finished', 'stopped-early', 'failed']),
          step: count,
          score: v.nullable(finite),
          seconds: finite,
          code: v.exactOptional(v.string()),
        }),
      ),
    }),
  ),
});

export const saveSweep = (folder: Directory, record: SweepRecord): Promise<void> =>
  writeText(folder, sweepFile, `${JSON.stringify(record, null, 2)}\n`);

/** @throws AppError 'file-missing'; 'checkpoint-invalid' where it is damaged; 'run-config-invalid' */
export async function readSweep(folder: Directory): Promise<SweepRecord> {
  const read = parsedFile(sweepFile, recordSchema, await readText(folder, sweepFile));
  return { ...read, config: parseRunConfig(read.config) };
}

/** One more leg of a run, and what its score is called. */
export function withLeg(record: SweepRecord, trial: number, leg: LegRecord, scoreName: string | null): SweepRecord {
  const added = withTrial(record, trial, ({ legs, ...rest }) => ({ ...rest, legs: [...legs, leg] }));
  return { ...added, scoreName: record.scoreName ?? scoreName };
}

/** The folder that a run was begun in. */
export const withRun = (record: SweepRecord, trial: number, run: string): SweepRecord =>
  withTrial(record, trial, (before) => ({ ...before, run }));

const withTrial = (record: SweepRecord, trial: number, change: (before: TrialRecord) => TrialRecord): SweepRecord => ({
  ...record,
  trials: record.trials.map((each, index) => (index === trial ? change(each) : each)),
});
