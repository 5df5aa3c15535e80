/** Texts with a label, as a classifier meets them. */
import type { Tokenizer } from '../text/tokenizer.ts';
import { type BuiltExample, type Example, type ExampleRow, maskedLabel } from './examples.ts';
import { type Labels, type Target, targetOf } from './labels.ts';

export interface LabelledSettings {
  readonly labels: Labels;
  /** What the model reads a text from; the label of a mean stands at the first token. */
  readonly pooled: 'first' | 'last' | 'mean';
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
  const text = textOf(row, settings.prompt_column_separator);
  const { ids, truncated, wholeLength } = tokenizer.encodeText(text, settings.max_length);
  if (target === null || ids.length === 0) return null;
  return { ...withTarget(ids, target, settings.pooled), truncated, ...(truncated ? { wholeLength } : {}) };
}

/** Token ids with what is to be predicted from one of them. */
export function withTarget(
  ids: readonly number[] | Int32Array,
  { label, values }: Target,
  pooled: LabelledSettings['pooled'],
): Example {
  const labels = new Int32Array(ids.length + 1).fill(maskedLabel);
  labels[pooled === 'last' ? ids.length : 1] = label;
  const targets = values === undefined ? {} : { targets: values };
  return { ids: Int32Array.from(ids), labels, ...targets, promptLength: ids.length, truncated: false };
}

/** One row as an example, or that it has no label. */
export function builtLabelled(row: ExampleRow, tokenizer: Tokenizer, settings: LabelledSettings): BuiltExample {
  const example = labelledExample(row, tokenizer, settings);
  return example === null ? { problem: 'no-answer' } : cutAtEnd(example);
}

/** An example that is listed where it lost its end. */
export const cutAtEnd = (example: Example): BuiltExample =>
  example.truncated ? { example, notes: ['text-too-long'] } : { example };
