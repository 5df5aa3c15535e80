/** How a row is read of texts that are embedded each on its own: pairs, pairs with one more, or pairs with a score. */
import {
  type BuiltExample,
  type Example,
  type ExampleRow,
  maskedLabel,
  sequencesOf,
  tokenPreview,
} from '../../data/examples.ts';
import { textOf } from '../../data/labelled-examples.ts';
import type { Sentences } from '../../models/model.ts';
import { textsOf } from '../../models/sentence-encoder.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowView } from '../prepared.ts';
import type { RowReading } from '../texts/prepare.ts';

export interface SentenceSettings {
  readonly learns: Sentences;
  readonly prompt_column_separator: string;
  /** Tokens a text may have, special tokens included. */
  readonly max_length: number;
}

/** The texts of a row, and what is known of them. */
export interface SentenceRow {
  readonly texts: readonly string[];
  /** How alike two texts are; absent where the first is to find the second. */
  readonly score?: number;
  /** Why nothing can be learned of it. */
  readonly problem?: 'no-answer' | 'no-rejected';
}

export function sentenceRow(
  { prompt, answer, rejected }: ExampleRow,
  { learns, prompt_column_separator: separator }: Omit<SentenceSettings, 'max_length'>,
): SentenceRow {
  const isBlank = (text: string): boolean => text.trim() === '';
  if (learns === 'cosines') {
    const score = isBlank(answer) ? Number.NaN : Number(answer);
    const isLearned = !prompt.some(isBlank) && Number.isFinite(score);
    return isLearned ? { texts: prompt, score } : { texts: prompt, problem: 'no-answer' };
  }
  const negative = learns === 'triplets' ? [rejected?.answer ?? ''] : [];
  const texts = [textOf({ prompt }, separator), answer, ...negative];
  if (texts.slice(0, 2).some(isBlank)) return { texts, problem: 'no-answer' };
  return negative.some(isBlank) ? { texts, problem: 'no-rejected' } : { texts };
}

function built(row: ExampleRow, tokenizer: Tokenizer, settings: SentenceSettings): BuiltExample {
  const { texts, score, problem } = sentenceRow(row, settings);
  if (problem) return { problem };
  const encoded = texts.map((text) => tokenizer.encodeText(text, settings.max_length));
  const lengths = encoded.map(({ ids }) => ids.length);
  const ids = Int32Array.from(encoded.flatMap((text) => text.ids));
  const truncated = encoded.some((text) => text.truncated);
  const example: Example = {
    ids,
    labels: marked(lengths),
    sequences: lengths.map((tokens) => ({ tokens, promptLength: tokens })),
    ...(score === undefined ? {} : { targets: [score] }),
    promptLength: lengths[0]!,
    truncated,
    ...(truncated
      ? { wholeLength: Math.max(...encoded.map(({ wholeLength, ids }) => wholeLength ?? ids.length)) }
      : {}),
  };
  // A text of no token has no vector.
  if (lengths.includes(0) || example.labels.every((label) => label === maskedLabel)) return { problem: 'no-answer' };
  return truncated ? { example, notes: ['text-too-long'] } : { example };
}

/** A label that says nothing, once a row: what is counted is rows. It stands in the first text that has room for it. */
function marked(lengths: readonly number[]): Int32Array {
  const labels = new Int32Array(lengths.reduce((sum, length) => sum + length, 0)).fill(maskedLabel);
  let begin = 0;
  for (const length of lengths) {
    if (length > 1) {
      labels[begin + 1] = 0;
      break;
    }
    begin += length;
  }
  return labels;
}

/** @param columns what each text of a row is called */
export function sentencesReading(
  tokenizer: Tokenizer,
  settings: SentenceSettings,
  columns: readonly string[],
): RowReading {
  return {
    labels: null,
    needsPrompt: true,
    sequencesPerRow: textsOf[settings.learns],
    build: (row) => built(row, tokenizer, settings),
    view(row): RowView[] {
      const { example } = built(row, tokenizer, settings);
      if (!example) return [];
      const score = example.targets ? ` (${example.targets[0]})` : '';
      return sequencesOf(example).map((text, index) => ({
        number: row.number ?? 0,
        tokens: tokenPreview(text, tokenizer).map((token) => ({ ...token, learned: false })),
        truncated: text.truncated,
        leftOut: false,
        label: `${columns[index]!}${score}`,
      }));
    },
  };
}
