import { expect, test } from 'vitest';
import { inWords, piecesOf } from './marked.ts';
import { cutWords } from './words.ts';

const marked = (text: string, ...tags: readonly (string | null)[]) =>
  piecesOf(
    cutWords(text),
    tags.map((name) => name && { name, chance: 0.5 }).map((tag) => tag || null),
  );

test('an entity is one piece without the space before it, and the rest is as it was', () => {
  const pieces = marked('I met  Ada Lovelace.', 'O', 'O', 'B-PER', 'I-PER', 'O');
  expect(pieces).toEqual([
    { text: 'I met  ', label: null, chance: 1 },
    { text: 'Ada Lovelace', label: 'PER', chance: 0.5 },
    { text: '.', label: null, chance: 1 },
  ]);
  expect(inWords(pieces)).toBe('Ada Lovelace = PER');
});

test('a word that was cut off has no tag', () => {
  expect(marked('Ada is', 'B-PER', null).map(({ label }) => label)).toEqual(['PER', null]);
});

test('tags that are no entities stand by each word, whole', () => {
  expect(inWords(marked('dogs bark', 'NOUN', 'VERB'))).toBe('dogs = NOUN; bark = VERB');
});
