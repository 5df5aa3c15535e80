import type { PreparedData } from '../../tasks/prepared.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { ModelSession } from '../session/model-session.ts';
import type { BaseAnswer } from './base-answers.ts';
import type { Answers } from './events.ts';

/** Answers validation prompts while a run goes on. `generation` makes it, which this folder does not know. */
export interface Answering {
  /** Once, before training: asks the base while it is still as published. `fresh`: no update was done yet. */
  begin(fresh: boolean): Promise<void>;
  /** With the weights as they are now. No step may be enqueued meanwhile. */
  answer(): Promise<Answers>;
}

export interface AnsweringContext {
  readonly model: ModelSession;
  readonly data: PreparedData;
  readonly config: RunConfig;
  readonly tokenizer: Tokenizer;
  /** What the base said before the run was taken up again. */
  readonly earlier: readonly BaseAnswer[];
  /** Keeps what it said where it cannot be asked again. */
  readonly keep: (answers: readonly BaseAnswer[]) => Promise<void>;
}

/** Null where nothing is to be answered. */
export type MakeAnswering = (context: AnsweringContext) => Answering | null;
