/** What a README says of a run beside what it trained; a part that is absent is not known. */
import type { PromptFormat } from '../text/prompt-format.ts';

export interface RunStory {
  /** How a model that writes is asked. */
  readonly prompt?: PromptFormat;
  /** It is asked with two texts at once. */
  readonly textPairs?: boolean;
  /** The rows, never in their own words. */
  readonly data?: {
    readonly fingerprint: string;
    readonly training: number | null;
    readonly held: number | null;
  };
  /** The revision of the base. */
  readonly revision?: string;
  /** The data type that the frozen base was kept in, where that is not its own. */
  readonly quantised?: string;
  /** Settings that differ from their defaults, as a run config says them, without paths, names and addresses. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Figures of the result by their names. */
  readonly metrics?: readonly (readonly [name: string, value: string])[];
  /** The verdict, a sentence each. */
  readonly verdict?: readonly string[];
}

/** Of weights that no run lies beside. */
export const untold: RunStory = {};
