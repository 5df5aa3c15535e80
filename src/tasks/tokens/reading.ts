/** How a row is read of which the tag of each word is learned. */
import { type BuiltExample, type Example, type ExampleRow, maskedLabel, tokenPreview } from '../../data/examples.ts';
import { cutAtEnd, textOf } from '../../data/labelled-examples.ts';
import { classPlace } from '../../data/labels.ts';
import type { ClassifierHead } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowView } from '../prepared.ts';
import type { RowReading } from '../texts/prepare.ts';
import { wordPieces } from './pieces.ts';
import { type TaggedWords, type TagsProblem, taggedWords } from './words.ts';

export interface TagSettings {
  readonly labels: ClassifierHead;
  readonly modelType: string;
  readonly maxLength: number;
  readonly separator: string;
}

const wordsOf = (row: ExampleRow, separator: string): TaggedWords | TagsProblem =>
  taggedWords(textOf(row, separator), row.answer);

/** The words of a row; null where its cells are none. */
export function rowWords(row: ExampleRow, separator: string): TaggedWords | null {
  const words = wordsOf(row, separator);
  return typeof words === 'string' ? null : words;
}

export const tagsReading = (tokenizer: Tokenizer, settings: TagSettings): RowReading => ({
  labels: settings.labels,
  needsPrompt: true,
  build(row): BuiltExample {
    if (row.answer.trim() === '') return { problem: 'no-answer' };
    const words = wordsOf(row, settings.separator);
    if (typeof words === 'string') return { problem: words };
    const example = tagExample(row, tokenizer, settings);
    return example === null ? { problem: 'no-answer' } : cutAtEnd(example);
  },
  view: (row) => tagView(row, tokenizer, settings),
});

/**
 * A row as token ids: the first piece of each word has the number of its tag behind it, as if it were the token to follow;
 * other pieces and special tokens have no label. Null where no piece has one.
 */
export function tagExample(row: ExampleRow, tokenizer: Tokenizer, settings: TagSettings): Example | null {
  const tagged = rowWords(row, settings.separator);
  if (tagged === null) return null;
  const { names } = settings.labels;
  const { ids, first, truncated, wholeLength } = wordPieces(tagged.words, tokenizer, settings);
  const labels = new Int32Array(ids.length + 1).fill(maskedLabel);
  for (const [word, place] of first.entries())
    if (place >= 0) labels[place + 1] = classPlace(tagged.tags[word]!, names);
  if (labels.some((label) => label === -1)) return null;
  if (labels.every((label) => label === maskedLabel)) return null;
  const whole = truncated ? { wholeLength } : {};
  return { ids: Int32Array.from(ids), labels, promptLength: ids.length, truncated, ...whole };
}

/** The pieces with those marked that have a tag, beside the tags. */
function tagView(row: ExampleRow, tokenizer: Tokenizer, settings: TagSettings): RowView[] {
  const example = tagExample(row, tokenizer, settings);
  if (example === null) return [];
  const { labels, truncated } = example;
  const tokens = tokenPreview(example, tokenizer).map((token, place) => ({
    ...token,
    learned: labels[place + 1] !== maskedLabel,
  }));
  const tags = [...labels].filter((label) => label !== maskedLabel).map((label) => settings.labels.names[label]);
  return [{ number: row.number ?? 0, tokens, truncated, leftOut: false, label: tags.join(' ') }];
}
