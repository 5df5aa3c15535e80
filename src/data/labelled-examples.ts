/** Texts with a label, as a classifier meets them. */
import { AppError } from '../errors.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type Example, type ExampleRow, type ExampleSet, maskedLabel, noProblems } from './examples.ts';
import { type Labels, type Target, targetOf } from './labels.ts';

export interface LabelledSettings {
  readonly labels: Labels;
  /** The token that the model reads a text from. */
  readonly pooled: 'first' | 'last';
  readonly prompt_column_separator: string;
  /** Tokens a text may have, special tokens included. */
  readonly max_length: number;
}

/** The text of a row: its cells that are not empty, joined. */
export const textOf = ({ prompt }: Pick<ExampleRow, 'prompt'>, separator: string): string =>
  prompt.filter((cell) => cell !== '').join(separator);

/** One text as token ids, with what is to be predicted; null without a label, or without a token. */
export function labelledExample(row: ExampleRow, tokenizer: Tokenizer, settings: LabelledSettings): Example | null {
  const target = targetOf(row.answer, settings.labels);
  const { ids, truncated } = tokenizer.encodeText(textOf(row, settings.prompt_column_separator), settings.max_length);
  return target === null || ids.length === 0 ? null : withTarget(ids, target, truncated, settings.pooled);
}

function withTarget(ids: readonly number[], { label, values }: Target, truncated: boolean, pooled: 'first' | 'last') {
  const labels = new Int32Array(ids.length + 1).fill(maskedLabel);
  labels[pooled === 'first' ? 1 : ids.length] = label;
  const targets = values === undefined ? {} : { targets: values };
  return { ids: Int32Array.from(ids), labels, ...targets, promptLength: ids.length, truncated };
}

/**
 * All rows that have a label, in their order.
 * @throws AppError 'answers-empty' where there are rows and none has one
 */
export function labelledExamples(
  rows: readonly ExampleRow[],
  tokenizer: Tokenizer,
  settings: LabelledSettings,
): ExampleSet {
  const made = rows.map((row) => labelledExample(row, tokenizer, settings));
  const indices = [...made.keys()];
  const kept = indices.filter((index) => made[index] !== null);
  if (rows.length > 0 && kept.length === 0) throw new AppError('answers-empty');
  return {
    examples: kept.map((index) => made[index]!),
    rows: kept,
    problems: {
      ...noProblems(),
      'too-long': kept.filter((index) => made[index]!.truncated),
      'no-answer': indices.filter((index) => made[index] === null),
    },
  };
}
