import { type Evaluation, evaluatesAfter } from './evaluate.ts';
import type { StepMetrics } from './events.ts';
import type { LoopContext } from './loop-context.ts';
import { type MetricsLog, metricsRecord, scoreRecord } from './metrics-log.ts';
import { Pace } from './pace.ts';

/** Tells what each step gave, to whoever listens and to the log. Metrics that an evaluation belongs to wait for it. */
export class Reports {
  private readonly pace: Pace;
  private held: ((evaluation: Evaluation) => void) | undefined;

  constructor(
    private readonly context: LoopContext,
    private readonly log: MetricsLog,
  ) {
    this.pace = new Pace(context.now, context.plan.schedule.totalSteps);
  }

  step(metrics: StepMetrics, windowTokens: number): void {
    const progress = this.pace.done(metrics.step, windowTokens);
    const tell = (evaluation?: Evaluation) => {
      const whole = evaluation ? { ...metrics, evalLoss: evaluation.loss, evalScores: evaluation.scores } : metrics;
      this.log.add({ ...metricsRecord(whole), ...scoreRecord(evaluation?.scores) });
      this.context.emit({ kind: 'step', metrics: whole, progress });
    };
    if (evaluatesAfter(this.context, metrics.step)) this.held = tell;
    else tell();
  }

  /** The evaluation of the newest step, whose metrics are back. */
  evaluated(evaluation: Evaluation): void {
    this.held?.(evaluation);
    this.held = undefined;
  }

  /** An evaluation before the first update has no step's own figures. */
  evaluatedUntrained({ loss: evalLoss, scores }: Evaluation): void {
    const unknown = Number.NaN;
    const untrained = { step: 0, epoch: 0, loss: unknown, learningRate: unknown, gradNorm: unknown, tokens: 0 };
    const metrics = { ...untrained, evalLoss, evalScores: scores };
    this.log.add({ step: 0, epoch: 0, eval_loss: evalLoss, ...scoreRecord(scores) });
    this.context.emit({ kind: 'step', metrics, progress: this.pace.now });
  }
}
