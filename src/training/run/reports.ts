import { type Evaluation, evaluatesAfter } from './evaluate.ts';
import type { StepMetrics } from './events.ts';
import { type Forgetting, forgettingScores } from './forgetting-scores.ts';
import type { LoopContext } from './loop-context.ts';
import { type MetricsLog, metricsRecord, scoreRecord } from './metrics-log.ts';
import { Pace } from './pace.ts';

type Evaluated = Pick<StepMetrics, 'evalLoss' | 'evalScores'>;

function evaluatedOf(evaluation: Evaluation | null, forgetting: Forgetting | null): Evaluated {
  const scores = { ...evaluation?.scores, ...(forgetting ? forgettingScores(forgetting) : {}) };
  return {
    ...(evaluation ? { evalLoss: evaluation.loss } : {}),
    ...(Object.keys(scores).length > 0 ? { evalScores: scores } : {}),
  };
}

/** Tells what each step gave, to whoever listens and to the log. Metrics that an evaluation belongs to wait for it. */
export class Reports {
  private readonly pace: Pace;
  private held: ((evaluated: Evaluated) => void) | undefined;

  constructor(
    private readonly context: LoopContext,
    private readonly log: MetricsLog,
  ) {
    this.pace = new Pace(context.now, context.plan.schedule.totalSteps);
  }

  step(metrics: StepMetrics, windowTokens: number): void {
    const progress = this.pace.done(metrics.step, windowTokens);
    const tell = (evaluated: Evaluated = {}) => {
      const whole = { ...metrics, ...evaluated };
      this.log.add({ ...metricsRecord(whole), ...scoreRecord(evaluated.evalScores) });
      this.context.emit({ kind: 'step', metrics: whole, progress });
    };
    if (evaluatesAfter(this.context, metrics.step)) this.held = tell;
    else tell();
  }

  /** The evaluation of the newest step, whose metrics are back: of validation rows, of general texts, or of both. */
  evaluated(evaluation: Evaluation | null, forgetting: Forgetting | null): void {
    this.held?.(evaluatedOf(evaluation, forgetting));
    this.held = undefined;
  }

  /** An evaluation before the first update has no step's own figures. */
  evaluatedUntrained(evaluation: Evaluation | null, forgetting: Forgetting | null): void {
    const unknown = Number.NaN;
    const untrained = { step: 0, epoch: 0, loss: unknown, learningRate: unknown, gradNorm: unknown, tokens: 0 };
    const evaluated = evaluatedOf(evaluation, forgetting);
    const metrics = { ...untrained, ...evaluated };
    const loss = evaluation ? { eval_loss: evaluation.loss } : {};
    this.log.add({ step: 0, epoch: 0, ...loss, ...scoreRecord(evaluated.evalScores) });
    this.context.emit({ kind: 'step', metrics, progress: this.pace.now });
  }
}
