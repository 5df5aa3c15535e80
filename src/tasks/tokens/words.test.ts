import { expect, test } from 'vitest';
import { askedWords, cutWords, taggedWords } from './words.ts';

const ada = { words: ['Ada', "isn't", 'here'], tags: ['B-PER', 'O', 'O'] };

test.each([
  ['JSON', `["Ada", "isn't", "here"]`, '["B-PER", "O", "O"]'],
  ['Python', `['Ada', "isn't", 'here']`, `['B-PER', 'O', 'O']`],
  ['NumPy', `['Ada' "isn't"\n 'here']`, `['B-PER' 'O' 'O']`],
  ['an array', `array(['Ada', "isn't", 'here'], dtype=object)`, `array(['B-PER', 'O', 'O'], dtype='<U5')`],
  ['texts with spaces', "Ada isn't here", 'B-PER O O'],
])('words and tags as %s', (_, words, tags) => {
  expect(taggedWords(words, tags)).toEqual(ada);
});

test('numbers keep their digits', () => {
  expect(taggedWords('[1990, 1.10]', '[3, 0]')).toEqual({ words: ['1990', '1.10'], tags: ['3', '0'] });
});

test.each([
  ['of unequal lengths', '["a", "b"]', '["O"]'],
  ['cut by NumPy', "['a' ... 'b']", "['O' ... 'O']"],
  ['without a word', '[]', '[]'],
  ['with a list inside', '[["a"]]', '["O"]'],
])('lists %s are no row', (_, words, tags) => {
  expect(taggedWords(words, tags)).toBe('tags-apart');
});

const text = '𝄞 Ada lives in New York.';
const found = {
  words: ['𝄞', 'Ada', 'lives', 'in', 'New', 'York', '.'],
  tags: ['O', 'B-PER', 'O', 'O', 'B-LOC', 'I-LOC', 'O'],
};

// Places are counted in characters, as Python counts them: the clef is one.
test.each([
  ['records', '[{"start": 15, "end": 23, "label": "LOC"}, {"start": 2, "end": 5, "label": "PER"}]'],
  ['lists', '[[2, 5, "PER"], [15, 23, "LOC"]]'],
  [
    "doccano's records",
    '[{"start_offset": 2, "end_offset": 5, "label": "PER"}, {"start_offset": 15, "end_offset": 23, "label": "LOC"}]',
  ],
  [
    "Label Studio's records",
    '[{"start": 15, "end": 23, "labels": ["LOC"]}, {"start": 2, "end": 5, "text": "Ada", "labels": ["PER"]}]',
  ],
  ["spaCy's entities", '{"entities": [[2, 5, "PER"], [15, 23, "LOC"]]}'],
  ["spaCy's entities as Python prints them", "{'entities': [(2, 5, 'PER'), (15, 23, 'LOC')]}"],
])('spans as %s are tags', (_, spans) => {
  expect(taggedWords(text, spans)).toEqual(found);
});

test.each([
  ['of two labels', '[{"start": 2, "end": 5, "labels": ["PER", "LOC"]}]'],
  ['in a record of another kind', '{"a": 1}'],
])('spans %s are no row', (_, spans) => {
  expect(taggedWords('Ada sat', spans)).toBe('tags-apart');
});

test('spans that overlap or reach beyond the text are no row; no spans are all O', () => {
  expect(taggedWords(text, '[[2, 11, "PER"], [6, 23, "LOC"]]')).toBe('tags-apart');
  expect(taggedWords(text, '[[2, 99, "PER"]]')).toBe('spans-cut');
  expect(taggedWords('no one', '[]')).toEqual({ words: ['no', 'one'], tags: ['O', 'O'] });
});

const smiling = 'I 😀 met Ada Lovelace in Köln.';

test.each([
  ['characters', '[[8, 20, "PER"], [24, 28, "LOC"]]', 'O O O B-PER I-PER O B-LOC O'],
  ['UTF-16', '[[9, 21, "PER"], [25, 29, "LOC"]]', 'spans-cut'],
  ['bytes', '[[11, 23, "PER"], [27, 32, "LOC"]]', 'spans-cut'],
  ['nothing, too short', '[[8, 10, "PER"]]', 'spans-cut'],
  ['characters, with blanks around', '[[7, 21, "PER"]]', 'O O O B-PER I-PER O O O'],
  ['blanks alone', '[[7, 8, "PER"]]', 'spans-cut'],
])('spans counted in %s', (_, spans, wanted) => {
  const read = taggedWords(smiling, spans);
  expect(typeof read === 'string' ? read : read.tags.join(' ')).toBe(wanted);
});

test.each([
  ['word by word', '[{"start":0,"end":3,"entity":"B-PER"},{"start":4,"end":12,"entity":"I-PER"}]', 'B-PER I-PER O'],
  [
    'piece by piece',
    '[{"start":0,"end":3,"entity":"I-PER"},{"start":4,"end":8,"entity":"I-PER"},{"start":8,"end":12,"entity":"I-PER"}]',
    'I-PER I-PER O',
  ],
  ['with a piece alone', '[{"start":4,"end":8,"entity":"B-PER"}]', 'spans-cut'],
  ['with pieces of two kinds', '[[4, 8, "B-PER"], [8, 12, "I-LOC"]]', 'spans-cut'],
  ['as whole spans', '[[0, 12, "B-PER"], [13, 16, "S-ACT"]]', 'B-PER I-PER S-ACT'],
  ['that only look like it', '[[0, 3, "E-mail"]]', 'B-E-mail O O'],
])('spans that are tags already, %s, stay as they are', (_, spans, wanted) => {
  const read = taggedWords('Ada Lovelace sat', spans);
  expect(typeof read === 'string' ? read : read.tags.join(' ')).toBe(wanted);
});

test('Japanese has a word for each character', () => {
  expect(taggedWords('東京タワーへ', '[[0, 5, "LOC"]]')).toEqual({
    words: ['東', '京', 'タ', 'ワ', 'ー', 'へ'],
    tags: ['B-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'O'],
  });
});

test('a cut text and its gaps are the whole text; a list of words is taken as it is', () => {
  const asked = 'Dr. Müller-Lüdenscheidt,\n 42 °C in 東京!';
  expect(
    cutWords(asked)
      .map(({ before, word }) => before + word)
      .join(''),
  ).toBe(asked);
  expect(askedWords('["U.N.", "official"]').map(({ word }) => word)).toEqual(['U.N.', 'official']);
});

test('lists as NumPy prints them are read with and without their type', () => {
  for (const tags of [
    "array(['A', 'O'])",
    "array(['A', 'O'], dtype='<U1')",
    " array(['A', 'O'],\n      dtype=object)  ",
  ])
    expect(taggedWords('x y', tags), tags).toEqual({ words: ['x', 'y'], tags: ['A', 'O'] });
  expect(taggedWords('x y', "{'a': 'b'}")).toBe('tags-apart');
});
