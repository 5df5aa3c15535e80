import { describe, expect, test } from 'vitest';
import { tokensOfJson } from './sentence-piece-tokens.ts';

type Merge = [string, string];

const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

/** A tokenizer.json of Gemma's kind with these merges. */
function jsonOf(merges: readonly Merge[]) {
  const letters = [...new Set(merges.flat().flatMap((text) => [...text]))];
  const vocabulary = [...new Set([...bytes, ...letters, ...merges.map((merge) => merge.join(''))])];
  return {
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: null,
    added_tokens: [],
    model: {
      type: 'BPE',
      byte_fallback: true,
      merges,
      vocab: Object.fromEntries(vocabulary.map((text, id) => [text, id])),
    },
  };
}

/** Runs of spaces and of tabs by turns, longest first, as Gemma 2 to 4 have them up to 31. */
const runs: Merge[] = [5, 4, 3, 2].flatMap((length) =>
  Array.from({ length: length - 1 }, (_, cut) => length - 1 - cut).flatMap((left) =>
    ['▁', '\t'].map((each): Merge => [each.repeat(left), each.repeat(length - left)]),
  ),
);
describe('of merges of runs that stand by turns', () => {
  test('longer runs get higher scores, and words lower ones', () => {
    const { tokens } = tokensOfJson(jsonOf([...runs, ['▁', 't'], ['t', 'h']]));
    const scores = new Map([...tokens.values()].map(({ text, score }) => [text, score]));
    const ordered = ['▁▁▁▁▁', '▁▁▁▁', '▁▁▁', '▁▁', '▁t', 'th'].map((text) => scores.get(text)!);
    expect(ordered).toEqual(ordered.toSorted((a, b) => b - a));
  });

  test('a word that takes a space before all runs are whole is refused: it would come out otherwise', () => {
    const early = [...runs.slice(0, 6), ['▁', 't'] as Merge, ...runs.slice(6)];
    expect(() => tokensOfJson(jsonOf(early))).toThrow('its merges are not those of SentencePiece');
  });

  test('runs that come out otherwise by scores are refused', () => {
    // By scores whatever makes four comes first; by merges three and one come last.
    const mixed: Merge[] = [
      ['▁▁', '▁▁'],
      ['▁▁', '▁'],
      ['▁', '▁'],
      ['▁', '▁▁'],
      ['▁▁▁', '▁'],
      ['▁', '▁▁▁'],
    ];
    expect(() => tokensOfJson(jsonOf(mixed))).toThrow('its merges are not those of SentencePiece');
  });

  test('merges of a word that stand apart are refused', () => {
    const apart: Merge[] = [
      ['t', 'h'],
      ['h', 'e'],
      ['th', 'e'],
      ['i', 'n'],
      ['t', 'he'],
    ];
    expect(() => tokensOfJson(jsonOf(apart))).toThrow('its merges are not those of SentencePiece');
  });
});
