import type { SamplingSettings } from './sampling.ts';

export interface GenerationSettings extends SamplingSettings {
  readonly maxNewTokens: number;
  /** Beams of beam search; 1, the default: none. */
  readonly numBeams?: number;
  /** Seconds after which it ends; 0 = no limit. */
  readonly maxSeconds?: number;
  /** Token sequences that end the text, beside the model's own end tokens. */
  readonly stopSequences?: readonly (readonly number[])[];
}

export interface Generated {
  /** The new tokens, without the one that ended the text. */
  readonly ids: readonly number[];
  /** `end`: an end token or stop sequence; `length`: the limit or the cache is reached; `aborted`: as asked. */
  readonly reason: 'end' | 'length' | 'time' | 'aborted';
}

export interface GenerateOptions {
  /** Called for each new token as it comes; beam search only knows them at its end. */
  readonly onToken?: (id: number) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export interface ManyOptions extends GenerateOptions {
  /** How many answers are there. */
  readonly onDone?: (done: number) => void;
}
