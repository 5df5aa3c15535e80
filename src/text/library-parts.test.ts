import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from './tokenizer.ts';

// Made by interop/golden_library_parts.py with the Rust library.
const { texts, model, kinds } = JSON.parse(
  readFileSync(new URL('./golden/library-parts.json', import.meta.url), 'utf8'),
) as {
  texts: string[];
  model: { vocab: string[] };
  kinds: Record<string, { tokens: string[] } & Record<string, unknown>>;
};
const vocab = Object.fromEntries(model.vocab.map((piece, id) => [piece, id]));

describe.each(Object.entries(kinds))('%s', (_, { tokens, ...sections }) => {
  const added = sections.added_tokens as { id: number; content: string }[];
  const pieces = new Map([
    ...model.vocab.map((piece, id) => [id, piece] as const),
    ...added.map(({ id, content }) => [id, content] as const),
  ]);
  const tokenizer = createTokenizer({ tokenizerJson: { ...sections, model: { ...model, vocab } } });

  it.each(texts.map((text, index) => [text, tokens[index]!.split('\u0001')] as const))(
    'cuts %j as Python does',
    (text, expected) => {
      expect(tokenizer.encode(text).map((id) => pieces.get(id))).toEqual(expected.filter((token) => token !== ''));
    },
  );
});
