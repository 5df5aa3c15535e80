import { expect, test } from 'vitest';
import { changedWords } from './changed-words.ts';

const marked = (before: string, after: string, language = 'en') =>
  changedWords(before, after, language)
    .map(({ text, changed }) => (changed ? `[${text}]` : text))
    .join('');

test('words that an answer gained are marked, those that stayed are not', () => {
  expect(marked('The cat sat.', 'The black cat sat down.')).toBe('The [black] cat sat [down].');
  expect(marked('red green blue', 'red yellow purple blue')).toBe('red [yellow purple] blue');
  expect(marked('same words', 'same words')).toBe('same words');
  expect(marked('', 'all of it')).toBe('[all of it]');
  expect(marked('gone entirely', '')).toBe('');
});

test('Japanese is compared by its words', () => {
  expect(marked('首都は京都です。', '首都は東京です。', 'ja')).toBe('首都は[東京]です。');
});

test('the pieces are the answer itself, and what stays is a common subsequence', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const words = (shift: number) =>
      Array.from({ length: 12 }, (_, i) => 'abc'[(Math.imul(seed + shift, 2654435761) >>> (i * 2)) % 3]!).join(' ');
    const [before, after] = [words(0), words(7)];
    const pieces = changedWords(before, after, 'en');
    expect(pieces.map(({ text }) => text).join('')).toBe(after);
    const kept = pieces.flatMap(({ text, changed }) => (changed ? [] : text.split(' ').filter(Boolean)));
    let at = 0;
    for (const word of before.split(' ')) if (word === kept[at]) at++;
    expect(at).toBe(kept.length);
  }
});

test('an answer of thousands of words is compared at once', () => {
  const long = (word: string) => Array.from({ length: 5000 }, (_, index) => `${word}${index}`).join(' ');
  const begun = performance.now();
  expect(changedWords(long('a'), long('b'), 'en')).toHaveLength(1);
  expect(performance.now() - begun).toBeLessThan(1000);
});
