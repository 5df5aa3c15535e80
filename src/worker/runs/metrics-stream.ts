import type { Progress, StepMetrics } from '../../training/run/events.ts';
import type { Emit } from '../serve.ts';

/** Milliseconds between two messages: four a second are as much as charts can use. */
const interval = 250;

/** Sends the steps of a run to the page in bundles. */
export class MetricsStream {
  private waiting: StepMetrics[] = [];
  private progress: Progress | null = null;
  private sent = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly runId: string,
    private readonly emit: Emit,
  ) {}

  add(metrics: StepMetrics, progress: Progress): void {
    this.waiting.push(metrics);
    this.progress = progress;
    if (performance.now() - this.sent >= interval) this.flush();
  }

  flush(): void {
    const { waiting, progress } = this;
    if (waiting.length === 0 || !progress) return;
    this.waiting = [];
    this.sent = performance.now();
    this.emit('metrics', { runId: this.runId, steps: waiting, ...progress });
  }
}
