import type { ModelFacts } from '../../../worker/protocol.ts';

/** What a visitor wants of a model; what is empty may be anything. */
export interface Wanted {
  readonly language: string;
  readonly trainedFor: NonNullable<ModelFacts['trainedFor']> | '';
  readonly licence: string;
  readonly fits: boolean;
}

export const anyModel: Wanted = { language: '', trainedFor: '', licence: '', fits: false };
