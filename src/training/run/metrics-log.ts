import type { Directory } from '../../files/directory.ts';
import { appendMetrics, type MetricsRecord } from '../../files/runs.ts';
import type { PredictionScores } from '../../tasks/scores.ts';
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
  const { step, epoch, loss, learningRate, gradNorm, tokens, evalLoss } = metrics;
  const record = { step, epoch, loss, learning_rate: learningRate, grad_norm: gradNorm, tokens };
  return evalLoss === undefined ? record : { ...record, eval_loss: evalLoss };
}

const scoreNames = { accuracy: 'accuracy', auc: 'auc', logLoss: 'log_loss', mse: 'mse', r2: 'r2' } as const;

/** The scores of an evaluation, such as `eval_accuracy`; one that is not defined is left out. */
export function scoreRecord(scores: PredictionScores | undefined): Readonly<Record<string, number>> {
  const entries = Object.entries(scores ?? {}) as [keyof typeof scoreNames, number | null][];
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === null ? [] : [[`eval_${scoreNames[name]}`, value]])),
  );
}

/** The scores of the last evaluation that has some; one that was not defined then is null. */
export function lastScores(records: readonly MetricsRecord[]): PredictionScores | null {
  const scored = records.findLast((record) => 'eval_accuracy' in record || 'eval_mse' in record);
  if (scored === undefined) return null;
  const read = (name: keyof typeof scoreNames): number | null => {
    const value = scored[`eval_${scoreNames[name]}`];
    return typeof value === 'number' ? value : null;
  };
  const names: readonly (keyof typeof scoreNames)[] =
    'eval_mse' in scored ? ['mse', 'r2'] : ['accuracy', 'auc', 'logLoss'];
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as PredictionScores;
}
