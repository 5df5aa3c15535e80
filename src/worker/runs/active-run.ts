import { AppError, toAppError } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import type { KnownScores } from '../../generation/judge.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { LoopOutcome } from '../../training/run/loop.ts';
import type { Training } from '../../training/run/trainer.ts';
import type { ModelSession } from '../../training/session/model-session.ts';
import { ChatSides } from '../chat/chat-sides.ts';
import { type OpenedModel, tokenizerOf } from '../models/opened-model.ts';
import type { Events } from '../protocol.ts';
import type { Emit } from '../serve.ts';
import { type DeviceLosses, lossOf } from './device-losses.ts';
import type { RunPhase } from './messages.ts';
import type { MetricsStream } from './metrics-stream.ts';
import { splitResultId } from './result-id.ts';
import type { RunCourse } from './run-course.ts';
import type { RunEnd } from './run-state.ts';

interface Parts {
  readonly id: string;
  /** Step of the evaluation whose weights these are; null: what the run came to. */
  readonly evaluation: number | null;
  readonly folder: Directory;
  readonly config: RunConfig;
  readonly opened: OpenedModel;
  readonly model: ModelSession;
  /** What the judge has said of its answers so far. */
  readonly known: KnownScores;
}

/** What a run is trained with. */
export interface Trained {
  readonly course: RunCourse;
  readonly first: Training;
  /** The same run from its newest checkpoint, on the next device. */
  readonly renew: () => Promise<Training>;
  readonly losses: DeviceLosses;
  readonly metrics: MetricsStream;
  readonly emit: Emit;
  /** Keeps how it ended. */
  readonly ended: (phase: RunEnd) => Promise<void>;
}

/** The run whose weights are on the device. */
export class ActiveRun {
  private sides: ChatSides | undefined;
  private stage: RunPhase = 'stopped';
  private training: Training | null = null;
  private course: RunCourse | null = null;
  private hasTrained = false;
  private isGone = false;
  private held: Parts;

  constructor(parts: Parts) {
    this.held = parts;
    this.watchDevice();
  }

  get parts(): Parts {
    return this.held;
  }

  /** @throws AppError 'task-unsupported' of a model for pictures */
  get chat(): ChatSides {
    const { model, opened, config } = this.parts;
    this.sides ??= new ChatSides(model, tokenizerOf(opened), config);
    return this.sides;
  }

  get phase(): RunPhase {
    return this.stage;
  }

  /** Whether it is what an id names: the run, or the weights of one of its evaluations. */
  isOf(id: string): boolean {
    const { runId, evaluation } = splitResultId(id);
    return this.parts.id === runId && this.parts.evaluation === evaluation;
  }

  /** Whether its weights are on a device that is still there. */
  get isUsable(): boolean {
    return this.stage !== 'failed' && !this.isGone;
  }

  /** The session that trained here, whose weights are what the run has come to; undefined where none did. */
  get trained(): ModelSession | undefined {
    return this.hasTrained && this.isUsable ? this.parts.model : undefined;
  }

  get goingOn(): boolean {
    return this.course !== null && !this.course.isOver;
  }

  /** Starts the training; its end, good or bad, is told by events, once `ended` has kept it. Never rejects. */
  train(trained: Trained): Promise<RunEnd> {
    const { course, metrics, emit, ended } = trained;
    if (!course.go('begin')) throw new AppError('internal', { reason: 'the run was given up' });
    this.course = course;
    this.stage = 'loading';
    const tell = async (phase: RunEnd, more: Partial<Events['phase']> = {}) => {
      await ended(phase);
      course.go('end');
      this.training = null;
      this.stage = phase;
      metrics.flush();
      emit('phase', { runId: this.parts.id, phase, ...more });
      return phase;
    };
    return this.throughLosses(trained).then(
      ({ reason, step }) => tell(reason, { step }),
      (thrown: unknown) => {
        const { code, params, cause } = toAppError(thrown);
        // Of a run that was disposed of nobody wants to know why it ended.
        if (code === 'internal' && !course.isOver) console.error(cause);
        return tell('failed', { error: { code, params } });
      },
    );
  }

  /** Trains to the end; where the device is lost, goes on from the newest checkpoint on the next one. */
  private async throughLosses({ course, first, renew, losses, metrics, emit }: Trained): Promise<LoopOutcome> {
    for (let training = first; ; ) {
      this.training = training;
      if (course.state === 'pausing') training.pause();
      if (course.state === 'stopping') training.stop();
      try {
        return await training.start();
      } catch (thrown) {
        const loss = await lossOf(training.model.executor, thrown);
        if (!loss || course.isOver) throw thrown;
        losses.add(loss);
        course.go('lose');
        this.training = null;
        training.dispose();
        metrics.flush();
        this.stage = 'recovering';
        emit('phase', { runId: this.parts.id, phase: 'recovering', step: losses.from });
        training = await renew();
        if (!course.go('renew')) {
          training.dispose();
          throw loss;
        }
        this.take(training.model);
      }
    }
  }

  /** A phase that the training tells itself; the two last ones are told when it has ended. */
  enter(phase: RunPhase): boolean {
    if (phase === 'finished' || phase === 'stopped' || phase === 'stopped-early') return false;
    if (phase === 'first-step' || phase === 'training') this.hasTrained = true;
    if (phase === 'paused') this.course?.go('halt');
    this.stage = phase;
    return true;
  }

  watch = (watched: boolean): void => this.training?.watch(watched);

  pause(): void {
    if (this.course?.go('pause')) this.training?.pause();
  }

  resume(): void {
    if (this.course?.go('continue')) this.training?.resume();
  }

  stop(): void {
    if (this.course?.go('stop')) this.training?.stop();
  }

  /** Frees the device; a run that goes on ends with that, and writes nothing more. */
  dispose(): void {
    this.course?.go('end');
    // One that is paused would wait for ever.
    this.training?.stop();
    this.training?.dispose();
    this.parts.model.dispose();
  }

  private take(model: ModelSession): void {
    this.held = { ...this.held, model };
    this.sides = undefined;
    this.hasTrained = false;
    this.isGone = false;
    this.watchDevice();
  }

  private watchDevice(): void {
    const { model } = this.parts;
    model.executor.lost.catch(() => {
      if (this.parts.model === model) this.isGone = true;
    });
  }
}
