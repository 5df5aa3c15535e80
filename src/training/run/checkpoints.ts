import { bestName, evaluationName } from '../../files/runs.ts';
import { headInEightBits } from '../programs/kept-weights.ts';
import { loadBest, removeOtherBests } from './best-weights.ts';
import { restoreTraining, savedBuffers, saveTraining, weightBuffers } from './checkpoint.ts';
import type { LoopContext, Position } from './loop-context.ts';
import type { TrainingState } from './training-state.ts';

/** Milliseconds between checkpoints at the least: what a crash may cost. */
const interval = 5_000;

/** Where saving is slow it is done less often: it takes at most one part in so many of the time. */
const share = 20;

/** When a run is saved, and which weights are kept beside the newest. */
export class Checkpoints {
  private savedStep: number;
  private savedAt: number;
  private duration = 0;

  constructor(
    private readonly context: LoopContext,
    { step }: Position,
  ) {
    this.savedStep = step;
    this.savedAt = context.now();
  }

  /** Whether enough time has passed since the last one. */
  get due(): boolean {
    return this.context.now() - this.savedAt > Math.max(interval, share * this.duration);
  }

  /** A checkpoint to go on from, unless there is one or none are wanted. After `settle` nothing may be on its way. */
  async save(position: Position, settle: () => Promise<void>): Promise<void> {
    const { run, model, tuning, config, now, emit } = this.context;
    const { step } = position;
    const started = now();
    this.savedAt = started;
    if (!run || config.training.save_checkpoint === 'disable' || this.savedStep === step) return;
    await settle();
    const buffers = savedBuffers(model.open.model, tuning, config.training);
    await saveTraining(run, model.session, buffers, this.stateAt(position));
    this.savedStep = step;
    if (config.training.save_checkpoint === 'best') await removeOtherBests(run, position.best);
    this.savedAt = now();
    this.duration = this.savedAt - started;
    emit({ kind: 'checkpoint', step });
  }

  /** The weights just evaluated, where the config wants them kept beside the newest. */
  async keepEvaluated(position: Position): Promise<void> {
    const { run, config } = this.context;
    const { save_checkpoint: wanted } = config.training;
    const { step, best } = position;
    if (run && wanted === 'best' && best?.step === step) {
      await this.saveWeights(position, bestName(step));
      await removeOtherBests(run, best);
    }
    if (wanted === 'each_evaluation_epoch') await this.saveWeights(position, evaluationName(step));
  }

  /**
   * Goes back to the best weights, where they are wanted and any were evaluated: they are the result of the run.
   * @returns the step of its result
   */
  async takeBest({ step, best }: Position): Promise<number> {
    const { run, model, config } = this.context;
    if (!run || !best || config.training.save_checkpoint !== 'best') return step;
    const checkpoint = await loadBest(run, best);
    if (!checkpoint) return step;
    await restoreTraining(model.session, this.weights, checkpoint);
    return checkpoint.step;
  }

  private async saveWeights(position: Position, name: string): Promise<void> {
    const { run, model } = this.context;
    if (run) await saveTraining(run, model.session, this.weights, this.stateAt(position), { name });
  }

  private get weights() {
    const { model, tuning } = this.context;
    return weightBuffers(model.open.model, tuning);
  }

  private stateAt({ step, tokens, best }: Position): TrainingState {
    const { config, data, model, tuning } = this.context;
    const head = headInEightBits(model.open.model, config.model.weights, tuning);
    return {
      ...{ step, seed: config.environment.seed, fingerprint: data.fingerprint, tokens, best },
      ...(head === undefined ? {} : { headInEightBits: head }),
    };
  }
}
