/** Words as token ids: each is cut by itself, as transformers' tokenizers do with `is_split_into_words`. */
import type { Tokenizer } from '../../text/tokenizer.ts';

export interface WordPieces {
  readonly ids: readonly number[];
  /** The place of each word's first id; −1 for a word of which none is left. */
  readonly first: readonly number[];
  readonly truncated: boolean;
  /** Ids that there would be without a limit. */
  readonly wholeLength: number;
}

/** Types whose byte-level tokenizers are given a space before each word (`add_prefix_space`), as in run_ner.py. */
const spaceBefore: ReadonlySet<string> = new Set(['gpt2', 'roberta']);

/** Words between the tokenizer's special tokens; what is beyond `maxLength` is left out from the right. */
export function wordPieces(
  words: readonly string[],
  tokenizer: Tokenizer,
  { modelType, maxLength }: { readonly modelType: string; readonly maxLength: number },
): WordPieces {
  const whole = new Set(tokenizer.specialTokens.map(({ content }) => content));
  const spelt = (word: string) =>
    spaceBefore.has(modelType) && !whole.has(word) && !/^ /.test(word) ? ` ${word}` : word;
  const all: number[] = [];
  const begins = words.map((word) => {
    const pieces = word === '' ? [] : tokenizer.encode(spelt(word));
    const place = all.length;
    // A long word has more pieces than a call may have arguments.
    for (const id of pieces) all.push(id);
    return pieces.length > 0 ? place : -1;
  });
  const { ids, start, end, truncated, wholeLength } = tokenizer.surround(all, maxLength);
  const first = begins.map((place) => (place >= 0 && start + place < end ? start + place : -1));
  return { ids, first, truncated, wholeLength };
}
