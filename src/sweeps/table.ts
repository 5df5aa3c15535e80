/** A sweep as a table: a row a run, its settings, its score and what became of it. */
import { csvText } from '../data/csv-text.ts';
import { courseOf, scoreOf, type TrialState } from './halving.ts';
import type { SweepRecord } from './record.ts';

export interface SweepRow {
  /** Counted from 1. */
  readonly number: number;
  readonly run: string | null;
  readonly state: TrialState;
  readonly isBest: boolean;
  readonly values: Readonly<Record<string, unknown>>;
  readonly score: number | null;
  readonly step: number;
  readonly seconds: number;
}

export interface SweepTable {
  readonly keys: readonly string[];
  readonly scoreName: string;
  readonly rows: readonly SweepRow[];
}

export function sweepTable(record: SweepRecord): SweepTable {
  const { states, best } = courseOf(record);
  const rows = record.trials.map((trial, index) => ({
    number: index + 1,
    run: trial.run,
    state: states[index]!,
    isBest: index === best,
    values: trial.values,
    score: scoreOf(trial),
    step: trial.legs.at(-1)?.step ?? 0,
    seconds: trial.legs.reduce((sum, { seconds }) => sum + seconds, 0),
  }));
  const { sweep, scoreName } = record;
  return { keys: Object.keys(sweep.settings), scoreName: scoreName ?? sweep.score, rows };
}

/** The same as CSV. */
export const sweepCsv = ({ keys, scoreName, rows }: SweepTable): string =>
  csvText(
    ['number', 'run', 'state', 'best', ...keys, scoreName, 'step', 'seconds'],
    rows.map(({ number, run, state, isBest, values, score, step, seconds }) => [
      ...[number, run, state, isBest],
      ...keys.map((key) => textOf(values[key])),
      ...[score, step, Number(seconds.toFixed(3))],
    ]),
  );

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
