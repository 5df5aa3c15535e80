import { PreTrainedTokenizer } from '@huggingface/transformers';
import { expect, test } from 'vitest';
import { createMerger } from './merges.ts';
import { createTokenizer } from './tokenizer.ts';

/** By its definition: looks through all neighbours before each merge. */
function merged(parts: readonly string[], merges: readonly (readonly string[])[]): string[] {
  const left = [...parts];
  for (;;) {
    const ranks = left.slice(1).map((right, place) => merges.findIndex(([a, b]) => a === left[place] && b === right));
    const least = Math.min(...ranks.filter((rank) => rank >= 0));
    if (!Number.isFinite(least)) return left;
    const place = ranks.indexOf(least);
    left.splice(place, 2, left[place]! + left[place + 1]!);
  }
}

const merges = ['a a', 'aa a', 'b a', 'aa aa', 'ab a', 'a b', 'ba b', 'bab aa', 'c c'].map((pair) => pair.split(' '));

test('parts merge as the definition says', () => {
  const merge = createMerger(merges);
  expect(merge([])).toEqual([]);
  expect(merge(['z'])).toEqual(['z']);
  let state = 5;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 16;
  };
  for (let row = 0; row < 300; row++) {
    const parts = Array.from({ length: 1 + (row % 41) }, () => 'aabbcz'[random() % 6]!);
    expect(merge(parts), parts.join('')).toEqual(merged(parts, merges));
  }
});

test('a word of 300,000 letters takes a few seconds of processor time at most', () => {
  const doubled = Array.from({ length: 6 }, (_, power) => ['a'.repeat(2 ** power), 'a'.repeat(2 ** power)]);
  const merge = createMerger(doubled);
  const parts = Array.from(`${'a'.repeat(300_000)}x`);
  const before = process.cpuUsage();
  const found = merge(parts);
  const { user, system } = process.cpuUsage(before);
  expect(found.slice(0, 4687)).toEqual(Array(4687).fill('a'.repeat(64)));
  expect(found.slice(4687)).toEqual(['a'.repeat(32), 'x']);
  expect((user + system) / 1e6).toBeLessThan(4);
});

test.each([{}, { end_of_word_suffix: 'c' }, { continuing_subword_suffix: 'b' }, { byte_fallback: true }])(
  'long words have the ids that the library gives them with %j',
  (options) => {
    const texts = ['<unk>', 'a', 'b', 'c', ...merges.map((pair) => pair.join('')), '<0x7A>', 'aac', 'ac', 'aab', 'ab'];
    const vocab = Object.fromEntries([...new Set(texts)].map((text, id) => [text, id]));
    const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
    const json = { ...parts, model: { type: 'BPE', vocab, merges, unk_token: '<unk>', ...options } };
    const [own, library] = [createTokenizer({ tokenizerJson: json }), new PreTrainedTokenizer(json, {})];
    for (const word of ['abaaczab'.repeat(100), 'a'.repeat(999), `${'ba'.repeat(150)}zz`, 'z'.repeat(300)])
      expect(own.encode(word)).toEqual(library.encode(word, { add_special_tokens: false }));
  },
);
