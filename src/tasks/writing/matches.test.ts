import { expect, test } from 'vitest';
import { contains, isEqual, matches } from './matches.ts';

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
  expect(matches('', '')).toBe(true);
});
