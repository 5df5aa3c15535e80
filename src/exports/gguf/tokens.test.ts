import { expect, test } from 'vitest';
import { type AddedToken, filled, swallowsSpaces } from './tokens.ts';

const token = (content: string, more: Partial<AddedToken> = {}): AddedToken => ({
  id: 0,
  content,
  special: true,
  ...more,
});
const phi3 = [
  ...['<unk>', '<s>', '<|endoftext|>'].map((text) => token(text)),
  ...['</s>', '<|end|>', '<|user|>'].map((text) => token(text, { rstrip: true })),
];

test('spaces behind special tokens are swallowed as in Phi-3, or not at all', () => {
  expect(swallowsSpaces([token('<s>'), token('<|end|>')])).toBe(false);
  expect(swallowsSpaces(phi3)).toBe(true);
  expect(() => swallowsSpaces([...phi3, token('<|x|>')])).toThrow('takes spaces behind it');
  expect(() => swallowsSpaces(phi3.slice(1))).toThrow('llama.cpp looks for <unk> then');
  expect(() => swallowsSpaces([token('<mask>', { lstrip: true })])).toThrow('takes spaces before it');
  expect(() => swallowsSpaces([token('word', { single_word: true })])).toThrow('counts as a word alone');
});

test('rows without a token get one that no text becomes; a token without a row is refused', () => {
  const tokens = new Map([[1, { text: 'a', type: 'normal', score: 0 } as const]]);
  expect(filled(tokens, 3).map(({ text, type }) => [text, type])).toEqual([
    ['[PAD0]', 'unused'],
    ['a', 'normal'],
    ['[PAD2]', 'unused'],
  ]);
  expect(() => filled(tokens, 1)).toThrow('its tokenizer has token 1, and its embedding 1 rows');
});
