import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSentencePiece } from '../../text/sentencepiece-model.ts';
import { unigramTokens } from './unigram-tokens.ts';

const file = new URL('../../text/golden/unigram-nfkc.model', import.meta.url);
const { charsmap } = parseSentencePiece(new Uint8Array(readFileSync(file)));

const precompiled = { type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64') };
const strip = { type: 'Strip', strip_left: false, strip_right: true };
const join = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' };
const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const cut = { type: 'Split', pattern: { Regex: '▁?[^▁]*' }, invert: true };
const sequence = (list: string, ...steps: unknown[]) => ({ type: 'Sequence', [list]: steps });

const model = {
  ...{ type: 'Unigram', unk_id: 0, byte_fallback: false },
  vocab: [
    ['<unk>', 0],
    ['<s>', 0],
    ['▁a', -1.5],
    ['b', -9],
  ],
};
const json = {
  model,
  normalizer: sequence('normalizers', precompiled, strip, join),
  pre_tokenizer: sequence('pretokenizers', metaspace, cut),
  added_tokens: [
    { id: 0, content: '<unk>', special: true },
    { id: 1, content: '<s>', special: true },
    { id: 4, content: '<think>', special: false },
  ],
};

test('tokens keep their scores, and what is special, unknown or added is said to be', () => {
  const { tokens, unknownId, charsmap: bytes } = unigramTokens(json);
  expect([...tokens].map(([id, { text, type, score }]) => [id, text, type, score])).toEqual([
    [0, '<unk>', 'unknown', 0],
    [1, '<s>', 'control', 0],
    [2, '▁a', 'normal', -1.5],
    [3, 'b', 'normal', -9],
    [4, '<think>', 'userDefined', 0],
  ]);
  expect(unknownId).toBe(0);
  expect(Buffer.from(bytes).equals(Buffer.from(charsmap))).toBe(true);
  const before = sequence(
    'pretokenizers',
    { type: 'WhitespaceSplit' },
    { type: 'Metaspace', add_prefix_space: true },
    cut,
  );
  expect(unigramTokens({ ...json, normalizer: precompiled, pre_tokenizer: before }).tokens.size).toBe(5);
});

/** A map of one entry, which leaves line ends as they are: a double array that finds nothing. */
const nothing = Buffer.from(Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 32, 0)).toString('base64');

test.each([
  ['has bytes for unknown characters', { model: { ...model, byte_fallback: true } }],
  ['no token for unknown characters', { model: { ...model, unk_id: null } }],
  ['its token a▁a goes over a space', { model: { ...model, vocab: [...model.vocab.slice(0, 3), ['a▁a', -2]] } }],
  ['changes texts by strip, join, metaspace, cut', { normalizer: sequence('normalizers', strip, join) }],
  [
    'changes texts by charsmap, strip, join, Metaspace, cut',
    { pre_tokenizer: sequence('pretokenizers', { ...metaspace, prepend_scheme: 'first' }, cut) },
  ],
  [
    'changes texts by charsmap, Lowercase',
    { normalizer: sequence('normalizers', precompiled, { type: 'Lowercase' }, strip, join) },
  ],
  [
    'keeps line ends',
    { normalizer: sequence('normalizers', { type: 'Precompiled', precompiled_charsmap: nothing }, strip, join) },
  ],
])('what llama.cpp would cut otherwise is refused: %s', (reason, change) => {
  expect(() => unigramTokens({ ...json, ...change })).toThrow(reason);
});
