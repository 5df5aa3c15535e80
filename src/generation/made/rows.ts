/** Rows that are made: what is asked for, and what came. */
import type { MadeKind } from '../../data/made-rows.ts';
import type { RequestLanguage, RequestTexts } from './requests.ts';

export interface MakeSettings {
  readonly kinds: readonly MadeKind[];
  /** Each made row is looked at by the model as well. */
  readonly critique: boolean;
  /** Rows that are made. */
  readonly count: number;
  /** Chooses the rows and their examples, and draws the tokens. */
  readonly seed: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxNewTokens: number;
  readonly texts: Readonly<Record<RequestLanguage, RequestTexts>>;
}

/** Rows that are made at once, at most. */
export const mostMade = 1000;
/** Tokens of a text, at most. */
export const mostNewTokens = 2048;

/** What may be wrong with a made row, as far as a program can say. */
export type MadeCheck =
  | 'empty'
  | 'same-as-source'
  /** Another row says the same, or one that was made before. */
  | 'repeated'
  /** Its prompt is one that is held back: it would not be learned. */
  | 'held-out'
  /** The limit of tokens was reached before the text ended. */
  | 'cut-off'
  | 'language-differs'
  /** What was to be asked does not fit into the model. */
  | 'too-long'
  /** The critique that was asked for says nothing. */
  | 'no-critique';

/** A row that was made, before anyone has looked at it. */
export interface MadeRow {
  readonly kind: MadeKind;
  readonly by: string;
  /** The number in its file of the row that it was made from. */
  readonly source: number;
  /** What of the source it takes the place of: the text of a prompt column, or the answer. */
  readonly original: string;
  /** What stays beside it: the answer of a paraphrase, the prompt of an answer. */
  readonly beside: string;
  readonly text: string;
  readonly checks: readonly MadeCheck[];
  /** What the critique finds wrong; '' where it finds nothing or was not asked. */
  readonly remark: string;
}

/** Whether nothing is to be said of a row: what is accepted where all sound ones are. */
export const isSound = ({ checks, remark }: Pick<MadeRow, 'checks' | 'remark'>): boolean =>
  checks.length === 0 && remark === '';
