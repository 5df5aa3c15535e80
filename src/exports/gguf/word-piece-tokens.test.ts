import { expect, test } from 'vitest';
import { wordPieceTokens } from './word-piece-tokens.ts';

const json = {
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, red: 3, '##red': 4, ',': 5 },
  },
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  added_tokens: [0, 1, 2].map((id) => ({ id, content: ['[PAD]', '[UNK]', '[CLS]'][id], special: true })),
};

test('a word is written with the space before it, a part within one as it is', () => {
  const { tokens, lowercase, stripAccents } = wordPieceTokens(json);
  const shown = [...tokens].map(([id, { text, type }]) => [id, text, type]);
  expect(shown).toEqual([
    [0, '[PAD]', 'control'],
    [1, '[UNK]', 'unknown'],
    [2, '[CLS]', 'control'],
    [3, '▁red', 'normal'],
    [4, 'red', 'normal'],
    [5, '▁,', 'normal'],
  ]);
  expect([lowercase, stripAccents]).toEqual([true, true]);
});

test('accents stay where the tokenizer keeps them', () => {
  const cased = { ...json, normalizer: { ...json.normalizer, lowercase: false } };
  expect(wordPieceTokens(cased)).toMatchObject({ lowercase: false, stripAccents: false });
  const kept = { ...json, normalizer: { ...json.normalizer, strip_accents: false } };
  expect(wordPieceTokens(kept)).toMatchObject({ lowercase: true, stripAccents: false });
});

test.each([
  [{ model: { ...json.model, continuing_subword_prefix: '@@' } }, 'marks the parts of words'],
  [{ pre_tokenizer: { type: 'Whitespace' } }, 'no pre-tokenizer'],
  [{ normalizer: null }, 'no pre-tokenizer'],
  [{ normalizer: { ...json.normalizer, handle_chinese_chars: false } }, 'no pre-tokenizer'],
  [{ model: { ...json.model, vocab: { red: 3, '##▁red': 4 } } }, 'its tokens red and ##▁red are one there'],
])('what llama.cpp would cut otherwise is refused: %j', (changes, reason) => {
  expect(() => wordPieceTokens({ ...json, ...changes })).toThrow(reason);
});
