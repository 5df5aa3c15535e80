import type { Directory } from '../../files/directory.ts';
import type { MetricsRecord } from '../../files/run-records.ts';
import { appendMetrics } from '../../files/runs.ts';
import type { ScoreSet, Scores } from '../../tasks/scores.ts';
import type { StepMetrics } from './events.ts';

/** Milliseconds between two writes: a write per step would cost more than a step of a small model. */
const interval = 1000;

/** `metrics.jsonl` of a run, written in bundles. */
export class MetricsLog {
  private waiting: MetricsRecord[] = [];
  private written: number;

  constructor(
    private readonly run: Directory | undefined,
    private readonly now: () => number,
  ) {
    this.written = now();
  }

  /** Adds the time, in seconds since 1970. */
  add(record: MetricsRecord): void {
    if (this.run) this.waiting.push({ ...record, time: Date.now() / 1000 });
  }

  get due(): boolean {
    return this.waiting.length > 0 && this.now() - this.written >= interval;
  }

  async flush(): Promise<void> {
    const records = this.waiting;
    this.waiting = [];
    this.written = this.now();
    if (this.run && records.length > 0) await appendMetrics(this.run, records);
  }
}

export function metricsRecord(metrics: StepMetrics): MetricsRecord {
  const { step, epoch, loss, learningRate, gradNorm, tokens, evalLoss, scores } = metrics;
  const record = { step, epoch, loss, learning_rate: learningRate, grad_norm: gradNorm, tokens, ...scores };
  return evalLoss === undefined ? record : { ...record, eval_loss: evalLoss };
}

/** `logLoss` as `eval_log_loss`. */
const keyOf = (score: string): string => `eval_${score.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;

/** The scores of an evaluation, such as `eval_accuracy`; one that is not defined is left out. */
export function scoreRecord(scores: Scores = {}): Readonly<Record<string, number>> {
  const entries = Object.entries(scores);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[keyOf(name), value]])));
}

/** The scores of the last evaluation that has some of these sets; one that was not defined then is null. */
export function lastScores(records: readonly MetricsRecord[], sets: readonly ScoreSet[]): Scores | null {
  const setOf = (record: MetricsRecord) => sets.find(([always]) => keyOf(always) in record);
  const scored = records.findLast((record) => setOf(record) !== undefined);
  if (scored === undefined) return null;
  const known = evaluatedScores(scored, setOf(scored)!);
  return Object.fromEntries(setOf(scored)!.map((name) => [name, known?.[name] ?? null]));
}

/** Those of the scores that a record of an evaluation has; undefined where it has none. */
export const evaluatedScores = (record: MetricsRecord, names: readonly string[]): Scores | undefined =>
  numbersOf(record, names, keyOf);

/** Those of the measures that the record of a step has, null where one was not defined; undefined where it has none. */
export function measuredScores(record: MetricsRecord, names: readonly string[]): Scores | undefined {
  const known = names.filter((name) => typeof record[name] === 'number' || record[name] === null);
  return known.length > 0 ? Object.fromEntries(known.map((name) => [name, record[name] as number | null])) : undefined;
}

function numbersOf(record: MetricsRecord, names: readonly string[], keyOf: (name: string) => string) {
  const entries = names.flatMap((name) => {
    const value = record[keyOf(name)];
    return typeof value === 'number' ? [[name, value] as const] : [];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
