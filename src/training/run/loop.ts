import { AppError } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import { appendSamples, bestName, evaluationName, loadCheckpoint } from '../../files/runs.ts';
import type { Outputs } from '../../plan/executor.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import type { Scores } from '../../tasks/scores.ts';
import { stepSeed } from '../../tasks/step-seed.ts';
import { lossScaleFeed } from '../../tasks/texts/inputs.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { batchFeeds, onlyWanted } from '../programs/feeds.ts';
import { lossShares } from '../programs/loss-share.ts';
import { learningRateFactor, updateHyper } from '../programs/schedule.ts';
import { evaluateName, microStepName, type TrainingPlan, updateName } from '../programs/training-programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import type { Answering } from './answering.ts';
import { type BestSoFar, withEvaluation } from './best.ts';
import { Breath } from './breath.ts';
import { restoreTraining, savedBuffers, saveTraining, type TrainingState, weightBuffers } from './checkpoint.ts';
import { evaluate } from './evaluate.ts';
import type { StepMetrics, TrainingEvent, TrainingPhase } from './events.ts';
import { InFlight } from './in-flight.ts';
import { MetricsLog, metricsRecord, scoreRecord } from './metrics-log.ts';
import { Pace } from './pace.ts';
import type { RunControl } from './run-control.ts';

/** Milliseconds between checkpoints at the least: what a crash may cost. */
const checkpointInterval = 5_000;

/** Where saving is slow it is done less often: it takes at most one part in so many of the time. */
const checkpointShare = 20;

export interface LoopContext {
  readonly model: ModelSession;
  readonly tuning: Tuning;
  readonly data: PreparedData;
  readonly config: RunConfig;
  readonly plan: TrainingPlan;
  readonly control: RunControl;
  readonly run: Directory | undefined;
  readonly stopAfter: number | undefined;
  /** Answers validation prompts at each evaluation. */
  readonly answering: Answering | null;
  readonly emit: (event: TrainingEvent) => void;
  readonly now: () => number;
}

export interface LoopOutcome {
  readonly reason: 'finished' | 'stopped' | 'stopped-early';
  /** Updates done. */
  readonly step: number;
  /** Of the last evaluation; null where there was none. */
  readonly evalLoss: number | null;
}

/** A step that was enqueued: what its metrics need beside the results. */
interface Enqueued {
  readonly step: number;
  readonly windowTokens: number;
  readonly tokens: number;
  readonly learningRate: number;
}

/**
 * Trains from `from` on: each step enqueues the micro-steps of one accumulation window and the update, and reads the
 * loss of the step before the last. Nothing waits inside a step but for room in the queue.
 */
export function trainingLoop(context: LoopContext, from?: TrainingState): Promise<LoopOutcome> {
  return new Loop(context, from).run();
}

class Loop {
  private readonly inFlight = new InFlight();
  private readonly log: MetricsLog;
  private readonly breath: Breath;
  private readonly pace: Pace;
  private step: number;
  private tokens: number;
  private savedStep: number;
  private savedAt: number;
  private saveDuration = 0;
  private evalLoss: number | null = null;
  /** Of the last evaluation, where labels are learned. */
  private scores: Scores | undefined;
  private best: BestSoFar | null;
  /** The step whose metrics wait for its evaluation. */
  private held: { readonly step: number; emit: (evalLoss?: number) => void } | undefined;
  private phase: TrainingPhase | undefined;

  constructor(
    private readonly context: LoopContext,
    from: TrainingState | undefined,
  ) {
    const { now, run, plan } = context;
    this.step = from?.step ?? 0;
    this.tokens = from?.tokens ?? 0;
    // A run that was ended early and is taken up again gets its patience anew.
    this.best = from?.best ?? null;
    if (this.best && this.outOfPatience) this.best = { ...this.best, since: 0 };
    this.savedStep = this.step;
    this.savedAt = now();
    this.log = new MetricsLog(run, now);
    this.breath = new Breath(now);
    this.pace = new Pace(now, plan.schedule.totalSteps);
  }

  async run(): Promise<LoopOutcome> {
    try {
      return await this.train();
    } catch (error) {
      // What was measured before the failure is worth keeping; should that fail too, the first error counts.
      await this.log.flush().catch(() => {});
      throw error;
    }
  }

  private async train(): Promise<LoopOutcome> {
    const { config, plan, control } = this.context;
    const { totalSteps } = plan.schedule;
    const evaluateOnly = totalSteps === 0;
    await this.context.answering?.begin(this.step === 0);
    if (this.step === 0 && (config.training.evaluate_before_training || evaluateOnly)) await this.evaluateAtStart();
    this.enter(this.step < totalSteps ? 'first-step' : 'training');
    while (this.step < totalSteps && !this.stopNow && !this.outOfPatience) {
      if (control.pauseRequested) await this.pauseHere();
      else await this.oneStep();
    }
    await this.inFlight.drain();
    await this.log.flush();
    await this.save(true);
    if (config.training.save_checkpoint === 'best') await this.takeBest();
    const reason = this.step === totalSteps ? 'finished' : this.outOfPatience ? 'stopped-early' : 'stopped';
    this.enter(reason);
    return { reason, step: this.step, evalLoss: this.evalLoss };
  }

  private get stopNow(): boolean {
    const { control, stopAfter } = this.context;
    return control.stopRequested || (stopAfter !== undefined && this.step >= stopAfter);
  }

  /** Whether the validation loss has not fallen for as many evaluations as the config allows. */
  private get outOfPatience(): boolean {
    const { early_stopping_patience: patience } = this.context.config.training;
    return patience > 0 && this.best !== null && this.best.since >= patience;
  }

  private async oneStep(): Promise<void> {
    await this.breath.take();
    await this.enqueueStep();
    if (this.evaluationDue) await this.evaluateHere();
    if (this.log.due) await this.log.flush();
    if (this.checkpointDue) await this.save();
  }

  private get checkpointDue(): boolean {
    const interval = Math.max(checkpointInterval, checkpointShare * this.saveDuration);
    return this.context.now() - this.savedAt > interval;
  }

  private get evaluationDue(): boolean {
    const { data, plan } = this.context;
    const last = this.step === plan.schedule.totalSteps;
    return data.validation !== null && (last || this.step % plan.evaluationSteps === 0);
  }

  private async enqueueStep(): Promise<void> {
    const { model, data, config, plan } = this.context;
    const { train } = data;
    const step = this.step;
    const window = train.windowAt(Math.floor(step / train.stepsPerEpoch), step % train.stepsPerEpoch);
    const shareOf = lossShares(window, config.training);
    const virtual = model.tuning?.adapter?.virtualTokens;
    for (const [index, batch] of window.batches.entries()) {
      const program = microStepName(batch.batchSize, batch.length);
      const inputs = model.inputsOf(program);
      const lossScale = lossScaleFeed(batch, shareOf(batch), inputs, virtual);
      const scalars = { lossScale, keep: Float32Array.of(index === 0 ? 0 : 1) };
      const seed = stepSeed(config.environment.seed, step, index);
      const fed = batchFeeds(model.open.model, batch, inputs, virtual);
      const feeds = { ...fed, ...onlyWanted({ ...scalars, seed }, inputs) };
      await this.inFlight.room();
      this.inFlight.add(model.session.run(program, feeds));
    }
    this.tokens += window.tokens;
    const enqueued: Enqueued = {
      step: step + 1,
      windowTokens: window.tokens,
      tokens: this.tokens,
      learningRate: config.training.learning_rate * learningRateFactor(plan.schedule, step),
    };
    this.step = step + 1;
    const holds = this.evaluationDue;
    const hyper = updateHyper(config.training, plan.schedule, step);
    // Without room of its own: two micro-steps are on their way with their updates, and the GPU never waits for us.
    this.inFlight.attach(model.session.run(updateName, { hyper }), (outputs) =>
      this.stepDone(enqueued, outputs, holds),
    );
  }

  private stepDone({ step, windowTokens, tokens, learningRate }: Enqueued, outputs: Outputs, holds: boolean): void {
    const loss = outputs.loss![0]!;
    const gradNorm = outputs.gradNorm![0]!;
    if (!Number.isFinite(loss)) throw new AppError('loss-not-finite', { value: String(loss), step });
    if (!Number.isFinite(gradNorm))
      throw new AppError('loss-not-finite', { value: `${loss} (gradient ${gradNorm})`, step });
    if (this.phase === 'first-step') this.enter('training');
    const epoch = step / this.context.plan.stepsPerEpoch;
    const progress = this.pace.done(step, windowTokens);
    const emit = (evalLoss?: number) => {
      const metrics: StepMetrics = { step, epoch, loss, learningRate, gradNorm, tokens };
      const whole = evalLoss === undefined ? metrics : { ...metrics, evalLoss };
      this.log.add({ ...metricsRecord(whole), ...(evalLoss === undefined ? {} : scoreRecord(this.scores)) });
      this.context.emit({ kind: 'step', metrics: whole, progress });
    };
    if (holds) this.held = { step, emit };
    else emit();
  }

  private async evaluateHere(): Promise<void> {
    await this.inFlight.drain();
    const loss = await this.evaluateNow();
    this.held?.emit(loss);
    this.held = undefined;
    this.best = withEvaluation(this.best, this.step, loss);
    await this.keepEvaluated();
    await this.answer();
    this.enter('training');
  }

  /** The weights just evaluated, where the config wants them kept beside the newest. */
  private async keepEvaluated(): Promise<void> {
    const { save_checkpoint: wanted } = this.context.config.training;
    const { run } = this.context;
    if (!run) return;
    if (wanted === 'best' && this.best?.step === this.step) await this.saveWeights(run, bestName);
    if (wanted === 'each_evaluation_epoch') await this.saveWeights(run, evaluationName(this.step));
  }

  private async saveWeights(run: Directory, name: string): Promise<void> {
    const { model, tuning } = this.context;
    const buffers = weightBuffers(model.open.model, tuning);
    await saveTraining(run, model.session, buffers, this.state, { name });
  }

  /** Goes back to the best weights, where any were evaluated: they are the result of the run. */
  private async takeBest(): Promise<void> {
    const { run, model, tuning } = this.context;
    const checkpoint = run && (await loadCheckpoint(run, bestName));
    if (checkpoint) await restoreTraining(model.session, weightBuffers(model.open.model, tuning), checkpoint);
  }

  private async answer(): Promise<void> {
    const { answering, run, emit } = this.context;
    if (!answering) return;
    const answers = await answering.answer();
    if (run) await appendSamples(run, [{ step: this.step, ...answers }]);
    emit({ kind: 'answers', step: this.step, ...answers });
  }

  private async evaluateAtStart(): Promise<void> {
    if (!this.context.data.validation) return;
    const evalLoss = await this.evaluateNow();
    this.log.add({ step: 0, epoch: 0, eval_loss: evalLoss, ...scoreRecord(this.scores) });
    this.context.emit({ kind: 'step', metrics: untrained(evalLoss), progress: this.pace.now });
    await this.answer();
  }

  private async evaluateNow(): Promise<number> {
    const { model, data } = this.context;
    const batches = data.validation!;
    this.enter('evaluating');
    const batchSize = batches.batchAt(0, 0).batchSize;
    const programFor = (length: number) => {
      const name = evaluateName(batchSize, length);
      return { name, inputs: model.inputsOf(name) };
    };
    const virtual = model.tuning?.adapter?.virtualTokens;
    const evaluation = await evaluate(model.session, model.open.model, batches, programFor, virtual);
    const { loss } = evaluation;
    this.evalLoss = loss;
    this.scores = evaluation.scores;
    this.context.emit({ kind: 'evaluation', step: this.step, ...evaluation });
    return loss;
  }

  private async pauseHere(): Promise<void> {
    await this.inFlight.drain();
    await this.log.flush();
    await this.save(true);
    this.enter('paused');
    await this.context.control.whilePaused();
    this.enter('training');
  }

  /** A checkpoint of where the run stands, unless there is one or none are wanted; `shown` as a phase of its own. */
  private async save(shown = false): Promise<void> {
    const { run, model, tuning, config, now } = this.context;
    const started = now();
    this.savedAt = started;
    if (!run || config.training.save_checkpoint === 'disable' || this.savedStep === this.step) return;
    await this.inFlight.drain();
    if (shown) this.enter('saving');
    await this.log.flush();
    await saveTraining(run, model.session, savedBuffers(model.open.model, tuning, config.training), this.state);
    this.savedStep = this.step;
    this.savedAt = now();
    this.saveDuration = this.savedAt - started;
    this.context.emit({ kind: 'checkpoint', step: this.step });
  }

  private get state(): TrainingState {
    const { config, data } = this.context;
    const { step, tokens, best } = this;
    return { step, seed: config.environment.seed, fingerprint: data.fingerprint, tokens, best };
  }

  private enter(phase: TrainingPhase): void {
    if (phase === this.phase) return;
    this.phase = phase;
    this.context.emit({ kind: 'phase', phase });
  }
}

/** An evaluation before the first update has no step's own figures. */
const untrained = (evalLoss: number): StepMetrics => {
  const unknown = Number.NaN;
  return { step: 0, epoch: 0, loss: unknown, learningRate: unknown, gradNorm: unknown, tokens: 0, evalLoss };
};
