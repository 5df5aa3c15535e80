import type { Directory } from '../../files/directory.ts';
import type { HeldOut } from '../../tasks/held-out.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { TrainingPlan } from '../programs/training-programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import type { Answering } from './answering.ts';
import type { BestSoFar } from './best.ts';
import type { TrainingEvent } from './events.ts';
import type { ForgettingCheck } from './forgetting.ts';
import type { HeldOutLimits } from './held-out.ts';
import type { RunControl } from './run-control.ts';

/** What a run is given: nothing of it changes while the run goes on. */
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
  /** Sees at each evaluation what the model has forgotten; null where that is not asked for. */
  readonly forgetting: ForgettingCheck | null;
  /** Asks the held-out rows of a run that has ended; null where nothing would be kept of it. */
  readonly askHeldOut: ((limits: HeldOutLimits) => Promise<HeldOut | null>) | null;
  readonly emit: (event: TrainingEvent) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** How far a run is. */
export interface Position {
  /** Updates done or enqueued. */
  readonly step: number;
  /** Tokens seen so far, without padding. */
  readonly tokens: number;
  /** Of the validation loss; null before the first evaluation. */
  readonly best: BestSoFar | null;
}
