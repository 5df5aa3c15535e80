import { expect, test } from 'vitest';
import { preTokenizerOf } from './pre-tokenizer.ts';

const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
const gpt2 = { ...bytes, use_regex: true };
const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const sequence = (...pretokenizers: unknown[]) => ({ type: 'Sequence', pretokenizers });
const llama3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwen35 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const digits = { type: 'Digits', individual_digits: true };
const nfc = { type: 'NFC' };

test.each([
  ['gpt-2', { pre_tokenizer: gpt2, model: {} }],
  ['gpt-2', { normalizer: nfc, pre_tokenizer: sequence(gpt2), model: {} }],
  ['starcoder', { pre_tokenizer: sequence(digits, gpt2), model: {} }],
  ['llama-bpe', { pre_tokenizer: sequence(split(llama3), bytes), model: { ignore_merges: true } }],
  ['dbrx', { pre_tokenizer: sequence(split(llama3), bytes), model: { ignore_merges: false } }],
  ['qwen2', { normalizer: nfc, pre_tokenizer: sequence(split(llama3.replace('{1,3}', '')), bytes), model: {} }],
  ['qwen35', { normalizer: nfc, pre_tokenizer: sequence(split(qwen35), bytes), model: {} }],
])('%s is what llama.cpp calls it', (pre, json) => {
  expect(preTokenizerOf(json, [])).toBe(pre);
});

test.each([
  ['another pattern', { pre_tokenizer: sequence(split(llama3.replace('{1,3}', '{1,2}')), bytes), model: {} }],
  ['runs of digits', { pre_tokenizer: sequence({ ...digits, individual_digits: false }, gpt2), model: {} }],
  ['a space before the text', { pre_tokenizer: { ...gpt2, add_prefix_space: true }, model: {} }],
  ['words that stay whole under another pattern', { pre_tokenizer: gpt2, model: { ignore_merges: true } }],
  ['a text in lower case', { normalizer: { type: 'Lowercase' }, pre_tokenizer: gpt2, model: {} }],
  ['none', { model: {} }],
])('%s is refused: a near one would cut otherwise', (_, json) => {
  expect(() => preTokenizerOf(json, [])).toThrow('llama.cpp cannot take this model');
});

const alone = { pre_tokenizer: sequence(split('[0-9ぁ-ヿ一-鿿]'), gpt2), model: {} };

test.each([
  [
    'whole characters and parts of them',
    [
      ['ã', 'ģ'],
      ['ãģ', 'Ĥ'],
      ['h', 'e'],
      ['Ġ', 'the'],
      ['Ġ', 'ðŁ'],
    ],
  ],
  ['an end of a character', [['Ĥ', 'ģ']]],
] as const)('characters cut apart are those of gpt-2 where merges keep them apart: %s', (_, merges) => {
  expect(preTokenizerOf(alone, merges)).toBe('gpt-2');
});

test.each([
  ['two digits', ['1', '2']],
  ['a space and a digit', ['Ġ', '1']],
  ['two of the characters', ['ãģĤ', 'ãģĦ']],
  ['the end of one and the beginning of the next', ['Ĥ', 'ã']],
  ['a letter and the beginning of one', ['a', 'ã']],
  ['two spaces', ['Ġ', 'Ġ']],
  ['an apostrophe and its letter, since some are marks', ["'", 's']],
] as const)('they are not where a merge reaches across: %s', (_, merge) => {
  expect(() => preTokenizerOf(alone, [merge])).toThrow('no pre-tokenizer that cuts texts');
});

test.each(['[^a]', '[a\\d]', '[a]+', 'a', '[a&&b]', '[ a]'])(
  'the pattern %s is no class of such characters',
  (pattern) => {
    const json = { pre_tokenizer: sequence(split(pattern), gpt2), model: {} };
    expect(() => preTokenizerOf(json, [])).toThrow('no pre-tokenizer that cuts texts');
  },
);
