import { expect, test } from 'vitest';
import { verdictOf } from './verdicts.ts';

test('labels of both languages say good or bad; circles of all three characters are good', () => {
  expect(['○', '◯', '〇', ' Yes ', '１', 'はい'].map(verdictOf)).toEqual(Array(6).fill(true));
  expect(['×', 'NO', '-1', '悪い'].map(verdictOf)).toEqual(Array(4).fill(false));
  expect(['△', '', '2', 'perhaps'].map(verdictOf)).toEqual(Array(4).fill(undefined));
});
