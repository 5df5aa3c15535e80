import { expect, test } from 'vitest';
import { contains, isEqual, matchFor } from './matches.ts';

test('case, width, spaces and the punctuation at the ends make no difference', () => {
  expect(isEqual(' Paris. ', 'paris')).toBe(true);
  expect(isEqual('東京です。', '東京です')).toBe(true);
  expect(isEqual('ＡＢＣ', 'abc')).toBe(true);
  expect(isEqual('Paris, France', 'Paris')).toBe(false);
});

test('an answer contains what was expected as words, and is not much longer', () => {
  expect(contains('It is Paris.', 'Paris')).toBe(true);
  expect(contains('Parisian', 'Paris')).toBe(false);
  expect(contains('答えは東京です', '東京')).toBe(true);
  expect(contains('positive or negative or neutral or mixed', 'no')).toBe(false);
  expect(contains('yes or no, it depends on whom you ask', 'yes')).toBe(false);
  expect(contains('anything', '')).toBe(false);
  expect(matchFor([''])('', '')).toBe(true);
});

test.each([
  ['It is not allowed', 'allowed'],
  ['It is in no way allowed.', 'allowed'],
  ["That isn't allowed", 'allowed'],
  ['allowed it is not', 'allowed'],
  ['It was un-friendly', 'friendly'],
  ['Das ist nicht erlaubt', 'erlaubt'],
  ["Ce n'est pas permis", 'permis'],
  ['가능하지 않습니다', '가능'],
  ['不可能', '可能'],
  ['这不是可能的', '可能'],
  ['不良', '良'],
  ['負けではない', '負け'],
  ['負けではありません。', '負け'],
  ['東京ではなく大阪', '東京'],
  ['可能性なし', '可能性'],
])('what is denied is not said: %s', (answer, expected) => {
  expect(contains(answer, expected)).toBe(false);
});

test.each([
  ['No, it is Paris.', 'Paris'],
  ['It is Paris, not London.', 'Paris'],
  ['It is not allowed here.', 'not allowed'],
  ['答えは東京で、大阪ではない', '東京'],
  ['東京で間違いない', '東京'],
  ['結果は不可能です', '不可能'],
  ['Note: Paris', 'Paris'],
])('a denial of something else takes nothing away: %s', (answer, expected) => {
  expect(contains(answer, expected)).toBe(true);
});

test('labels match by the same words alone, sentences also inside of others', () => {
  const labels = matchFor(['allowed', 'forbidden', 'allowed.', 'forbidden']);
  expect(labels('Allowed.', 'allowed')).toBe(true);
  expect(labels('It is allowed', 'allowed')).toBe(false);
  expect(matchFor(['良', '不良', '優'])('とても良', '良')).toBe(false);
  const phrases = matchFor(['the red house', 'a blue door', 'two cats']);
  expect(phrases('It is the red house.', 'the red house')).toBe(true);
  const styled = matchFor(['東京はとても広いですにゃ', '大阪はおいしいですにゃ']);
  expect(styled('はい、東京はとても広いですにゃ', '東京はとても広いですにゃ')).toBe(true);
});
