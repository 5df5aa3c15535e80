import { expect, test, vi } from 'vitest';
import { cachedByWord } from './word-cache.ts';

test('what is made of a word is made once, of a long one and of half a character each time', () => {
  const make = vi.fn((word: string) => [...word].map((letter) => letter.codePointAt(0)!));
  const ids = cachedByWord(make);
  const timesFor = (word: string) => {
    make.mockClear();
    for (let round = 0; round < 3; round++) expect(ids(word)).toEqual(make.getMockImplementation()!(word));
    return make.mock.calls.length;
  };
  expect(['', 'the', '\ufeffa', '日本', '\ufffd'].map(timesFor)).toEqual([1, 1, 1, 1, 1]);
  expect(['\ud800', 'x'.repeat(65)].map(timesFor)).toEqual([3, 3]);
});

test('of more words than a language has the first are forgotten, and made anew', () => {
  const make = vi.fn((word: string) => word.toUpperCase());
  const upper = cachedByWord(make);
  for (let word = 0; word <= 1 << 16; word++) upper(`w${word}`);
  make.mockClear();
  expect([upper(`w${1 << 16}`), upper('w0')]).toEqual(['W65536', 'W0']);
  expect(make.mock.calls).toEqual([['w0']]);
});
