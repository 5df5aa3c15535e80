import type { Batches } from '../../data/batches.ts';
import { appendSamples } from '../../files/runs.ts';
import { Breath } from '../session/breath.ts';
import { isOutOfPatience, withEvaluation, withPatience } from './best.ts';
import { Checkpoints } from './checkpoints.ts';
import { Ending } from './ending.ts';
import { type Evaluation, evaluate, evaluatesAfter } from './evaluate.ts';
import type { TrainingPhase } from './events.ts';
import type { Forgetting } from './forgetting-scores.ts';
import { forgotTooMuch } from './forgetting-scores.ts';
import { InFlight } from './in-flight.ts';
import { WeightLooks } from './inside.ts';
import type { LoopContext, Position } from './loop-context.ts';
import { MetricsLog } from './metrics-log.ts';
import { Phases } from './phases.ts';
import { Reports } from './reports.ts';
import { enqueueStep } from './step.ts';

export interface LoopOutcome {
  readonly reason: 'finished' | 'stopped' | 'stopped-early';
  /** Updates done. */
  readonly step: number;
  /** Of the last evaluation; null where there was none. */
  readonly evalLoss: number | null;
}

/**
 * Trains from `from` on, where general texts had this `divergence`: each step enqueues the micro-steps of one accumulation window and the update, and reads the
 * loss of the step before the last. Nothing waits inside a step but for room in the queue.
 */
export function trainingLoop(
  context: LoopContext,
  from?: Position,
  divergence: number | null = null,
): Promise<LoopOutcome> {
  return new Loop(context, from, divergence).run();
}

class Loop {
  private readonly inFlight = new InFlight();
  private readonly phases: Phases;
  private readonly checkpoints: Checkpoints;
  private readonly log: MetricsLog;
  private readonly breath: Breath;
  private readonly reports: Reports;
  private readonly ending: Ending;
  private readonly looks: WeightLooks;
  private position: Position;
  private evaluation: Evaluation | undefined;

  constructor(
    private readonly context: LoopContext,
    { step, tokens, best }: Position = { step: 0, tokens: 0, best: null },
    /** What the last evaluation said of general texts. */
    private divergence: number | null,
  ) {
    const { config, run, now, emit } = context;
    this.position = { step, tokens, best: withPatience(best, config) };
    this.phases = new Phases(emit);
    this.checkpoints = new Checkpoints(context, this.position);
    this.log = new MetricsLog(run, now);
    this.breath = new Breath(now);
    this.reports = new Reports(context, this.log);
    this.ending = new Ending(context, this.phases);
    this.looks = new WeightLooks(context);
  }

  async run(): Promise<LoopOutcome> {
    try {
      return await this.train();
    } catch (error) {
      // What was measured before the failure is worth keeping; should that fail too, the first error counts.
      await this.log.flush().catch(() => {});
      await this.ending.failed(this.position, error).catch(() => {});
      throw error;
    }
  }

  private async train(): Promise<LoopOutcome> {
    const { config, plan, control, answering } = this.context;
    const { totalSteps } = plan.schedule;
    const isFresh = this.position.step === 0;
    if (!this.stopNow) await answering?.begin(isFresh);
    if (!this.stopNow && isFresh)
      await this.evaluateUntrained(config.training.evaluate_before_training || totalSteps === 0);
    this.enter(this.position.step < totalSteps ? 'first-step' : 'training');
    while (this.position.step < totalSteps && !this.stopNow && !this.endsEarly) {
      if (control.pauseRequested) await this.pause();
      else await this.step();
    }
    await this.settle();
    const { step } = this.position;
    await this.looks.lookAtLast(step);
    await this.save(true);
    const resultStep = await this.checkpoints.takeBest(this.position);
    await this.looks.lookAtResult(resultStep);
    const reason = step === totalSteps ? 'finished' : this.endsEarly ? 'stopped-early' : 'stopped';
    await this.ending.ended(reason, { step, resultStep });
    this.enter(reason);
    return { reason, step, evalLoss: this.evaluation?.loss ?? null };
  }

  private get stopNow(): boolean {
    const { control, stopAfter } = this.context;
    return control.stopRequested || (stopAfter !== undefined && this.position.step >= stopAfter);
  }

  private get endsEarly(): boolean {
    const { config } = this.context;
    return isOutOfPatience(this.position.best, config) || forgotTooMuch(this.divergence, config);
  }

  private async step(): Promise<void> {
    await this.breath.take();
    this.position = await enqueueStep(this.context, this.inFlight, this.position, (metrics, windowTokens) => {
      this.phases.stepDone(metrics.step);
      this.reports.step(metrics, windowTokens);
    });
    if (evaluatesAfter(this.context, this.position.step)) await this.evaluateStep();
    if (this.log.due) await this.log.flush();
    if (this.checkpoints.due) await this.save();
  }

  private async evaluateStep(): Promise<void> {
    await this.inFlight.drain();
    const { validation } = this.context.data;
    const evaluation = validation && (await this.evaluate(validation));
    const forgetting = await this.measureForgetting();
    this.divergence = forgetting?.divergence ?? null;
    this.reports.evaluated(evaluation, forgetting);
    if (evaluation) {
      const { step, best } = this.position;
      this.position = { ...this.position, best: withEvaluation(best, step, evaluation.loss) };
      await this.checkpoints.keepEvaluated(this.position);
    }
    await this.looks.look(this.position.step);
    if (evaluation) await this.answer();
    this.enter('training');
  }

  private async measureForgetting(): Promise<Forgetting | null> {
    const { forgetting, model, emit } = this.context;
    if (!forgetting) return null;
    this.enter('evaluating');
    const found = await forgetting.measure(model);
    emit({ kind: 'forgetting', step: this.position.step, ...found });
    return found;
  }

  /** General texts are read in any case: what the published model makes of them is then known before it changes. */
  private async evaluateUntrained(asked: boolean): Promise<void> {
    const validation = asked ? this.context.data.validation : null;
    const evaluation = validation && (await this.evaluate(validation));
    const forgetting = await this.measureForgetting();
    if (!evaluation && !forgetting) return;
    this.reports.evaluatedUntrained(evaluation, forgetting);
    if (evaluation) await this.answer();
  }

  private async evaluate(validation: Batches): Promise<Evaluation> {
    const { model, emit } = this.context;
    this.enter('evaluating');
    this.evaluation = await evaluate(model, validation);
    emit({ kind: 'evaluation', step: this.position.step, ...this.evaluation });
    return this.evaluation;
  }

  private async answer(): Promise<void> {
    const { answering, run, emit } = this.context;
    if (!answering) return;
    const { step } = this.position;
    const answers = await answering.answer();
    if (run) await appendSamples(run, [{ step, ...answers }]);
    emit({ kind: 'answers', step, ...answers });
  }

  private enter(phase: TrainingPhase): void {
    this.phases.enter(phase, this.position.step);
  }

  private async pause(): Promise<void> {
    await this.settle();
    await this.save(true);
    this.enter('paused');
    await this.context.control.whilePaused();
    this.enter('training');
  }

  /** `shown` as a phase of its own. */
  private save(shown = false): Promise<void> {
    return this.checkpoints.save(this.position, async () => {
      await this.settle();
      if (shown) this.enter('saving');
    });
  }

  /** Nothing is on its way any more, and all that is known is in the log. */
  private async settle(): Promise<void> {
    await this.inFlight.drain();
    await this.log.flush();
  }
}
