/** What benchmarks came to, as files. */
import { spreadsheetCsv } from '../data/csv-text.ts';
import type { SideResult } from './run.ts';

export interface Benchmarked {
  readonly task: string;
  readonly questions: number;
  readonly base: SideResult;
  /** Null where nothing was tuned. */
  readonly tuned: SideResult | null;
}

/** A line for each score of each task, as CSV (RFC 4180) with a byte order mark; standard errors that there are none are empty. */
export function benchmarkTable(tasks: readonly Benchmarked[]): string {
  const columns = ['task', 'questions', 'metric', 'base', 'base_stderr', 'tuned', 'tuned_stderr'];
  const lines = tasks.flatMap(({ task, questions, base, tuned }) =>
    base.scores.map(({ name, value, error }, index) => {
      const after = tuned?.scores[index];
      return [task, questions, name, value, error, after?.value ?? null, after?.error ?? null];
    }),
  );
  return spreadsheetCsv(columns, lines);
}

/** The same as JSON: the scores alone, or with every answer. */
export function benchmarksJson(tasks: readonly Benchmarked[], what: 'scores' | 'all' = 'all'): string {
  const sideOf = (side: SideResult | null) => (what === 'all' || side === null ? side : { scores: side.scores });
  const shown = tasks.map(({ base, tuned, ...task }) => ({ ...task, base: sideOf(base), tuned: sideOf(tuned) }));
  return `${JSON.stringify({ tasks: shown }, null, what === 'all' ? 1 : 2)}\n`;
}
