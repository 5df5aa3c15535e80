import { toAppError } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import type { KnownScores } from '../../generation/judge.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { Training } from '../../training/run/trainer.ts';
import type { ModelSession } from '../../training/session/model-session.ts';
import { ChatSides } from '../chat/chat-sides.ts';
import { type OpenedModel, tokenizerOf } from '../models/opened-model.ts';
import type { Events } from '../protocol.ts';
import type { Emit } from '../serve.ts';
import type { RunPhase } from './messages.ts';
import type { MetricsStream } from './metrics-stream.ts';
import { splitResultId } from './result-id.ts';
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

/** The run whose weights are on the device. */
export class ActiveRun {
  private sides: ChatSides | undefined;
  private stage: RunPhase = 'stopped';
  private training: Training | null = null;
  private hasTrained = false;

  constructor(readonly parts: Parts) {}

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

  /** The session that trained here, whose weights are what the run has come to; undefined where none did. */
  get trained(): ModelSession | undefined {
    return this.hasTrained && this.stage !== 'failed' ? this.parts.model : undefined;
  }

  get goingOn(): boolean {
    return this.training !== null;
  }

  /** Starts the training; its end, good or bad, is told by events, once `ended` has kept it. */
  train(training: Training, metrics: MetricsStream, emit: Emit, ended: (phase: RunEnd) => Promise<void>): void {
    this.training = training;
    this.stage = 'loading';
    const tell = async (phase: RunEnd, more: Partial<Events['phase']> = {}) => {
      await ended(phase);
      this.training = null;
      this.stage = phase;
      metrics.flush();
      emit('phase', { runId: this.parts.id, phase, ...more });
    };
    training.start().then(
      ({ reason, step }) => tell(reason, { step }),
      (thrown: unknown) => {
        const { code, params, cause } = toAppError(thrown);
        if (code === 'internal') console.error(cause);
        return tell('failed', { error: { code, params } });
      },
    );
  }

  /** A phase that the training tells itself; the two last ones are told when it has ended. */
  enter(phase: RunPhase): boolean {
    if (phase === 'finished' || phase === 'stopped' || phase === 'stopped-early') return false;
    if (phase === 'first-step' || phase === 'training') this.hasTrained = true;
    this.stage = phase;
    return true;
  }

  watch = (watched: boolean): void => this.training?.watch(watched);
  pause = (): void => this.training?.pause();
  resume = (): void => this.training?.resume();
  stop = (): void => this.training?.stop();
  dispose = (): void => this.parts.model.dispose();
}
