/** How the result of a task is asked that says something of a text. */
import type { ExampleRow } from '../data/examples.ts';
import type { Model } from '../models/model.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { TaskSettings } from './settings.ts';

/** How sure a model is of a class, 0 to 1. */
export interface ClassChance {
  readonly name: string;
  readonly chance: number;
}

/** A part of a text, with what it is; null where it is nothing of interest. */
export interface TextPiece {
  readonly text: string;
  readonly label: string | null;
  readonly chance: number;
}

/** A probability for each class, or a number, or what the parts of the text are. */
export interface Classification {
  /** In the classes' order. */
  readonly classes: readonly ClassChance[];
  readonly value: number | null;
  /** Joined they are the text. */
  readonly pieces?: readonly TextPiece[];
  /** Several texts, and the cosine of each with each. */
  readonly alike?: { readonly texts: readonly string[]; readonly cosines: readonly (readonly number[])[] };
}

/** Token ids as a model is asked about them. */
export interface AskedIds {
  readonly ids: readonly number[] | Int32Array;
  /** Of a pair of texts: as `Example.typeStart`. */
  readonly typeStart?: number | undefined;
}

/** A text, or a pair of texts, as it is put to a model. */
export interface Question extends AskedIds {
  /** Texts that are asked about together with it, each on its own. */
  readonly others?: readonly AskedIds[];
  /** What the model's logits for these ids say, and for those of the others. */
  classification(logits: Float32Array, ...others: readonly Float32Array[]): Classification;
}

/** All texts of a question, each on its own: its own first. */
export const askedTexts = (question: AskedIds & { readonly others?: readonly AskedIds[] }): readonly AskedIds[] => [
  question,
  ...(question.others ?? []),
];

export interface KnownAnswer {
  /** In words. */
  readonly text: string;
  /** Where it is one class, its name. */
  readonly said?: string;
  /** How right it is. */
  readonly score: number;
  /** Whether it is; null of a number, which is never quite right. */
  readonly right: boolean | null;
}

/** A held-out row as a question of which the answer is known. */
export interface KnownQuestion extends AskedIds {
  /** Texts that belong to it, each on its own. */
  readonly others?: readonly AskedIds[];
  readonly text: string;
  readonly expected: string;
  /**
   * What the logits say, of the text and those that belong to it. `every`: those of all questions.
   */
  answer(logits: LogitsOfTexts, every: readonly LogitsOfTexts[]): KnownAnswer;
}

/** Those of a question's text, and of the others that belong to it. */
export type LogitsOfTexts = readonly [text: Float32Array, ...others: Float32Array[]];

export interface KnownQuestions {
  readonly questions: readonly KnownQuestion[];
  /** What sums up the answers to all questions. */
  score(logits: readonly LogitsOfTexts[]): { readonly metric: string; readonly value: number };
}

/** Each throws AppError 'task-unsupported' for a model that reads no text. */
export interface TextAnswers {
  /** Several texts, a line each, make one question. */
  readonly together?: true;
  /** @param textPair the second text of a pair. @throws AppError 'text-pair-unread' where no second text is read */
  question(model: Model, tokenizer: Tokenizer, text: string, textPair?: string): Question;
  /** Rows whose answer is known; others are left out. */
  known(model: Model, tokenizer: Tokenizer, config: TaskSettings, rows: readonly ExampleRow[]): KnownQuestions;
}
