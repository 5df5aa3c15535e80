/** How a row is read of which masked tokens are learned: a text between the tokenizer's special tokens. */
import { type Example, type ExampleRow, maskedLabel, tokenPreview } from '../../data/examples.ts';
import { cutAtEnd } from '../../data/labelled-examples.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowView } from '../prepared.ts';
import type { RowReading } from '../texts/prepare.ts';
import { type Masking, maskedBatches } from './masking.ts';

export const maskedReading = (tokenizer: Tokenizer, masking: Masking, maxLength: number): RowReading => {
  const special = new Set(tokenizer.specialTokens.map(({ id }) => id));
  const read = (row: ExampleRow) => maskedExample(row, tokenizer, special, maxLength);
  return {
    labels: null,
    needsPrompt: false,
    masked: (batches, seed, isFixed) => maskedBatches(batches, masking, seed, isFixed),
    build(row) {
      const example = read(row);
      return example === null ? { problem: 'no-answer' } : cutAtEnd(example);
    },
    view(row): RowView[] {
      const example = read(row);
      if (example === null) return [];
      const { labels, truncated } = example;
      const tokens = tokenPreview(example, tokenizer).map((token, place) => ({
        ...token,
        learned: labels[place + 1] !== maskedLabel,
      }));
      return [{ number: row.number ?? 0, tokens, truncated, leftOut: false }];
    },
  };
};

/**
 * A text as token ids; each that may be masked has itself behind it, as if it were the token to follow. Special tokens,
 * wherever they stand, are never masked. Null where no other is there.
 */
function maskedExample(
  { answer }: ExampleRow,
  tokenizer: Tokenizer,
  special: ReadonlySet<number>,
  maxLength: number,
): Example | null {
  const { ids, truncated, wholeLength } = tokenizer.encodeText(answer, maxLength);
  const labels = Int32Array.from([maskedLabel, ...ids.map((id) => (special.has(id) ? maskedLabel : id))]);
  if (labels.every((label) => label === maskedLabel)) return null;
  return {
    ids: Int32Array.from(ids),
    labels,
    promptLength: 0,
    truncated,
    ...(truncated ? { wholeLength } : {}),
  };
}
