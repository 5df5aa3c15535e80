/** Texts with a label, as a classifier meets them. */
import type { PairIds, Tokenizer } from '../text/tokenizer.ts';
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

/** One text, or two in one, as token ids, with what is to be predicted; null without a label, or without a token. */
export function labelledExample(row: ExampleRow, tokenizer: Tokenizer, settings: LabelledSettings): Example | null {
  const target = targetOf(row.answer, settings.labels);
  const { ids, truncated, wholeLength, typeStart } = encodedRow(row, tokenizer, settings);
  if (target === null || ids.length === 0) return null;
  const types = typeStart === undefined ? {} : { typeStart };
  return { ...withTarget(ids, target, settings.pooled), ...types, truncated, ...(truncated ? { wholeLength } : {}) };
}

/** The text of a row, or its two in one, without what is to be predicted. */
export function encodedRow(
  row: Pick<ExampleRow, 'prompt' | 'textPair'>,
  tokenizer: Tokenizer,
  settings: Pick<LabelledSettings, 'prompt_column_separator' | 'max_length'>,
): Omit<PairIds, 'typeStart' | 'secondStart'> & Partial<PairIds> {
  const text = textOf(row, settings.prompt_column_separator);
  return row.textPair === undefined
    ? tokenizer.encodeText(text, settings.max_length)
    : tokenizer.encodePair(text, row.textPair, settings.max_length);
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
